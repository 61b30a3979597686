import type { Kind } from '../../../kube/kind.ts'
import { toTime } from '../../../lib/clock.ts'
import type { Application } from '../kinds/generated/application.ts'
import type { Source } from '../render/render.ts'
import type { ComparisonSummary } from './auto-sync.ts'
import { type ComparedObject, type CompareParts, compareObjects } from './compared-objects.ts'
import { type DesiredParts, type DesiredState, desiredState, SourceError } from './desired-state.ts'
import { hooksOf } from './hooks.ts'
import { projectOf } from './project.ts'
import { forbiddenTargets } from './project-limits.ts'
import { ignoredObjectOptions, parseSyncOptions } from './sync-options.ts'
import { describeTarget, optionsOf } from './target.ts'
import { instanceName, SYNC_OPTIONS } from './tracking.ts'

/** Objects that are named in one message. */
const MAX_SHOWN = 5

/** A condition of an Application before it has a time. */
export interface Finding {
  type: string
  message: string
}

/** What an Application wants at some revision, how that compares with what is there, and what is odd about it. */
export interface View {
  desired: DesiredState
  compared: ComparedObject[]
  findings: Finding[]
}

/** Kinds of objects that the Application had when last looked at. */
export async function knownKinds(
  { client }: Pick<DesiredParts, 'client'>,
  app: Application,
): Promise<Kind[]> {
  const names = new Set(
    (app.status?.resources ?? []).map(({ group, version, kind }) =>
      JSON.stringify([group ? `${group}/${version}` : version, kind]),
    ),
  )
  const kinds = await Promise.all(
    [...names].map(name => {
      const [apiVersion = '', kind = ''] = JSON.parse(name) as string[]
      return client.resolve(apiVersion, kind)
    }),
  )
  return kinds.filter(kind => kind !== undefined)
}

/** Looks at an Application's own source and revision, or at others. Throws SourceError or SourcePending. */
export async function viewOf(
  parts: DesiredParts & CompareParts,
  app: Application,
  other: { source?: Source | undefined; revision?: string | undefined } = {},
): Promise<View> {
  const { spec } = app
  const source = other.source ?? spec.source
  if (!source) throw new SourceError('spec.source is missing')
  const instance = instanceName(app.metadata.namespace, app.metadata.name)
  const desired = await desiredState(parts, {
    source,
    revision: other.revision,
    instance,
    destinationNamespace: spec.destination.namespace,
  })
  const project = projectOf(parts.informers, app)
  const forbidden = project ? forbiddenTargets(desired.targets, project) : []
  if (forbidden.length > 0) {
    const more = forbidden.length - MAX_SHOWN
    throw new SourceError(
      `${forbidden.slice(0, MAX_SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    )
  }
  const options = parseSyncOptions(spec.syncPolicy?.syncOptions ?? [])
  const compared = await compareObjects(parts, {
    instance,
    targets: desired.targets,
    knownKinds: await knownKinds(parts, app),
    ignoreDifferences: spec.ignoreDifferences,
    respectIgnoreDifferences: options.respectIgnoreDifferences,
  })
  return { desired, compared, findings: findingsOf(desired, compared, options.unsupported) }
}

/** The counts that deciding on a sync needs. */
export function summarise({ desired, compared }: View): ComparisonSummary {
  const toApply = compared.filter(object => object.target && !object.isSynced).length
  const toPrune = compared.filter(object => !object.target && !object.isSynced).length
  return {
    revision: desired.commit,
    status: toApply + toPrune > 0 ? 'OutOfSync' : 'Synced',
    targets: desired.targets.length,
    toApply,
    toPrune,
  }
}

function findingsOf(
  desired: DesiredState,
  compared: readonly ComparedObject[],
  unsupportedOptions: readonly string[],
): Finding[] {
  const marks = { instance: '', revision: '', startedAt: toTime(0) }
  return [
    ...desired.repeated.map(name => ({
      type: 'RepeatedResourceWarning',
      message: `Resource ${name} appeared more than once among application resources.`,
    })),
    ...compared.flatMap(({ sharedWith, live }) =>
      sharedWith && live
        ? [
            {
              type: 'SharedResourceWarning',
              message: `${live.kind} ${live.metadata.namespace ?? ''}/${live.metadata.name} is part of another Application, ${sharedWith.replace('_', '/')}`,
            },
          ]
        : [],
    ),
    ...compared.flatMap(({ refusal, target }) =>
      refusal && target
        ? [{ type: 'ComparisonWarning', message: `${target.file}:${target.line}: ${refusal}` }]
        : [],
    ),
    ...unsupportedOptions.map(option => ({
      type: 'SyncOptionWarning',
      message: `sync option ${option} is not supported and has no effect`,
    })),
    ...desired.targets.flatMap(target => {
      const ignored = ignoredObjectOptions(optionsOf(target.object, SYNC_OPTIONS))
      if (ignored.length === 0) return []
      const message = `${describeTarget(target)}: sync option ${ignored.join(', ')} is not supported and has no effect`
      return [{ type: 'SyncOptionWarning', message }]
    }),
    ...hooksOf(desired.targets, marks).unsupported.map(message => ({ type: 'HookWarning', message })),
  ]
}
