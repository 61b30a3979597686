import { copyJson } from '../../../kube/copy.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { Phase } from './sync-plan.ts'
import { optionsOf, type Target } from './target.ts'
import { HOOK, HOOK_DELETE_POLICY, TRACKING_ID, trackingId } from './tracking.ts'

export type DeletePolicy = 'HookSucceeded' | 'HookFailed' | 'BeforeHookCreation'

/** A manifest that runs in a phase of a sync instead of being kept. */
export interface Hook {
  phase: Phase
  kind: Kind | undefined
  object: ManifestObject
  target: Target
  policies: readonly DeletePolicy[]
}

const phases: readonly string[] = ['PreSync', 'Sync', 'PostSync', 'SyncFail']
const policies: readonly string[] = ['HookSucceeded', 'HookFailed', 'BeforeHookCreation']

/** The hooks among the targets. `marks` makes generated names repeatable within an operation. */
export function hooksOf(
  targets: readonly Target[],
  marks: { instance: string; revision: string; startedAt: string },
): { hooks: Hook[]; unsupported: string[] } {
  const unsupported: string[] = []
  const hooks = targets.flatMap(target =>
    optionsOf(target.object, HOOK).flatMap((type): Hook[] => {
      if (type === 'Skip') return []
      if (!phases.includes(type)) {
        unsupported.push(
          `${target.object.kind} ${target.object.metadata.name}: hook ${type} is not supported yet`,
        )
        return []
      }
      const wanted = optionsOf(target.object, HOOK_DELETE_POLICY).filter(policy => policies.includes(policy))
      return [
        {
          // Both were checked against the lists above.
          phase: type as Phase,
          policies: wanted.length > 0 ? (wanted as DeletePolicy[]) : ['BeforeHookCreation'],
          kind: target.kind,
          object: named(target.object, type, marks),
          target,
        },
      ]
    }),
  )
  return { hooks, unsupported }
}

/** A hook with generateName gets a name of revision, phase and time, as in Argo CD. */
function named(
  object: ManifestObject,
  phase: string,
  { instance, revision, startedAt }: { instance: string; revision: string; startedAt: string },
): ManifestObject {
  if (object.metadata.name) return object
  const result = copyJson(object)
  const time = Math.floor(Date.parse(startedAt) / 1000)
  result.metadata.name = `${object.metadata.generateName ?? ''}${revision.slice(0, 7)}-${phase.toLowerCase()}-${time}`
  delete result.metadata.generateName
  result.metadata.annotations = {
    ...result.metadata.annotations,
    [TRACKING_ID]: trackingId(instance, result),
  }
  return result
}
