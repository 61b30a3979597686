import type { Client } from '../../../kernel/client.ts'
import type { EventRecorder } from '../../../kernel/events.ts'
import type { Informers } from '../../../kernel/informer.ts'
import type { Kind } from '../../../kube/kind.ts'
import { copyJson } from '../../../kube/copy.ts'
import { type Clock, toTime } from '../../../lib/clock.ts'
import type { Sources } from '../git/sources.ts'
import { Application, type ApplicationStatus } from '../kinds/generated/application.ts'
import { AppProject } from '../kinds/generated/app-project.ts'
import type { RenderCache } from '../render/render-cache.ts'
import {
  conditionsWithTimes,
  healthWithTime,
  imagesOf,
  mergePatchBetween,
  overallHealth,
  resourceStatuses,
  withHistory,
} from './application-status.ts'
import { autoSync, type ComparisonSummary } from './auto-sync.ts'
import { type ComparedObject, compareObjects } from './compared-objects.ts'
import type { Comparison } from './comparison.ts'
import { cascadeOf, deleteObjects } from './deletion.ts'
import { type DesiredState, desiredState, revisionOf, SourceError, SourcePending } from './desired-state.ts'
import { hooksOf } from './hooks.ts'
import type { LiveState } from './live-state.ts'
import { isFinished, retryDelay } from './operation-phase.ts'
import type { OperationState } from './operation-results.ts'
import { specProblems } from './project.ts'
import { parseSyncOptions } from './sync-options.ts'
import { runSync } from './sync-operation.ts'
import { ARGOCD_NAMESPACE, instanceName, REFRESH, SKIP_RECONCILE } from './tracking.ts'

export interface ReconcilerParts {
  client: Client
  informers: Informers
  clock: Clock
  events: EventRecorder
  sources: Sources
  renderCache: RenderCache
  live: LiveState
  comparison: Comparison
  countSync(phase: string): void
}

interface Condition {
  type: string
  message: string
}

interface View {
  desired: DesiredState
  compared: ComparedObject[]
  conditions: Condition[]
}

/** Brings one Application on: compares, decides, syncs, and writes its status. */
export class ApplicationReconciler {
  readonly #parts: ReconcilerParts

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  async reconcile(ref: { name: string; namespace: string }): Promise<{ after: number } | undefined> {
    const { client, sources } = this.#parts
    const key = `${ref.namespace}/${ref.name}`
    const app = await client.find(Application, ref)
    if (!app) {
      sources.unsubscribe(key)
      return undefined
    }
    if (app.metadata.annotations?.[SKIP_RECONCILE] === 'true') return undefined
    if (app.metadata.deletionTimestamp) return await this.#delete(app, key)
    return await new Pass(this.#parts, app, key).run()
  }

  async #delete(app: Application, key: string): Promise<undefined> {
    const { client, live, sources } = this.#parts
    const cascade = cascadeOf(app)
    if (!cascade) return undefined
    for (const kind of await knownKinds(client, app)) await live.follow(kind)
    const instance = instanceName(app.metadata.namespace, app.metadata.name)
    const remaining = await deleteObjects({ client, live }, instance, cascade.policy)
    // Deletions of its objects wake the Application again.
    if (remaining > 0) return undefined
    sources.unsubscribe(key)
    const finalizers = app.metadata.finalizers?.filter(finalizer => finalizer !== cascade.finalizer)
    await client.patch(Application, app.metadata, { metadata: { finalizers } })
    return undefined
  }
}

/** Kinds of objects that the Application had when last looked at. */
async function knownKinds(client: Client, app: Application): Promise<Kind[]> {
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

/** One reconciliation of one Application. */
class Pass {
  readonly #parts: ReconcilerParts
  readonly #key: string
  readonly #instance: string
  #app: Application

  constructor(parts: ReconcilerParts, app: Application, key: string) {
    this.#parts = parts
    this.#app = app
    this.#key = key
    this.#instance = instanceName(app.metadata.namespace, app.metadata.name)
  }

  async run(): Promise<{ after: number } | undefined> {
    const { sources } = this.#parts
    const problems = specProblems(this.#app, this.#project())
    const { source } = this.#app.spec
    if (problems.length > 0 || !source) {
      sources.unsubscribe(this.#key)
      await this.#writeProblems(problems)
      return undefined
    }
    try {
      if (this.#app.metadata.annotations?.[REFRESH] !== undefined) await sources.refresh(source.repoURL)
      sources.subscribe(this.#key, [{ url: source.repoURL, revision: revisionOf(source) }])
      return await this.#compareAndSync()
    } catch (error) {
      if (error instanceof SourcePending) return undefined
      await this.#writeSourceError(error instanceof SourceError ? error.message : repositoryProblem(error))
      return undefined
    }
  }

  #project(): AppProject | undefined {
    const { informers } = this.#parts
    const name = this.#app.spec.project || 'default'
    const projects = informers.for(AppProject)
    return (
      projects.get(`${ARGOCD_NAMESPACE}/${name}`) ?? projects.get(`${this.#app.metadata.namespace}/${name}`)
    )
  }

  async #compareAndSync(): Promise<{ after: number } | undefined> {
    const { clock } = this.#parts
    let view = await this.#look(undefined)
    const running = this.#app.status?.operationState
    let state: OperationState | undefined
    let after: number | undefined
    let refusal: string | undefined
    if (running && !isFinished(running.phase) && !this.#app.operation) {
      if (isSuperseded(running, view.desired.commit)) {
        const message = `superseded by revision ${view.desired.commit}: ${running.message ?? ''}`
        state = { ...running, phase: 'Failed', message, finishedAt: toTime(clock.now()) }
        await this.#write(view, { operationState: state })
        return { after: 1 }
      }
      const wait = this.#untilRetry(running)
      if (wait !== undefined && wait > 0) {
        await this.#write(view, {})
        return { after: wait }
      }
      state = wait === undefined ? running : restarted(running, clock.now())
    } else if (this.#app.operation) {
      state = this.#started(this.#app.operation, view)
      this.#event('Normal', 'OperationStarted', `initiated sync to ${state.syncResult?.revision ?? ''}`)
    } else {
      const decision = autoSync(this.#app, summarise(view), clock.now())
      if (decision.kind === 'sync') {
        state = this.#started(decision.operation, view)
        this.#event('Normal', 'OperationStarted', `Initiated automated sync to '${view.desired.commit}'`)
      } else if (decision.kind === 'wait') after = decision.ms
      else if (decision.kind === 'refused') refusal = decision.because
    }
    if (state) {
      await this.#write(view, { operationState: state, clearOperation: true })
      const result = await this.#operate(state, view)
      state = result.state
      after = result.after
      view = await this.#look(undefined)
    }
    const conditions = refusal === undefined ? [] : [{ type: 'SyncError', message: refusal }]
    await this.#write(view, { ...(state ? { operationState: state } : {}), conditions })
    return after === undefined ? undefined : { after }
  }

  /** What is wanted at a revision (the source's own by default), and how it compares. */
  async #look(revision: string | undefined): Promise<View> {
    const { spec } = this.#app
    const { source } = spec
    if (!source) throw new SourceError('spec.source is missing')
    const { client, sources, renderCache, informers, live, comparison } = this.#parts
    const desired = await desiredState(
      { client, sources, renderCache },
      { source, revision, instance: this.#instance, destinationNamespace: spec.destination.namespace },
    )
    const options = parseSyncOptions(spec.syncPolicy?.syncOptions ?? [])
    const compared = await compareObjects(
      { client, informers, live, comparison },
      {
        instance: this.#instance,
        targets: desired.targets,
        knownKinds: await knownKinds(client, this.#app),
        ignoreDifferences: spec.ignoreDifferences,
        respectIgnoreDifferences: options.respectIgnoreDifferences,
      },
    )
    return { desired, compared, conditions: warnings(desired, compared, options.unsupported) }
  }

  #started(operation: OperationState['operation'], view: View): OperationState {
    const { source } = this.#app.spec
    return {
      operation,
      phase: 'Running',
      message: 'waiting to start',
      startedAt: toTime(this.#parts.clock.now()),
      syncResult: {
        revision: operation.sync?.revision || view.desired.commit,
        ...(source ? { source: copyJson(source) } : {}),
      },
    }
  }

  async #operate(state: OperationState, current: View): Promise<{ state: OperationState; after?: number }> {
    const { clock } = this.#parts
    const problem = unsupportedOperation(state)
    if (problem) return { state: this.#finished(state, 'Error', problem) }
    const revision = state.syncResult?.revision ?? current.desired.commit
    let view = current
    if (revision !== current.desired.commit)
      try {
        view = await this.#look(revision)
      } catch (error) {
        if (!(error instanceof SourceError)) throw error
        return { state: this.#finished(state, 'Error', error.message) }
      }
    const outcome = await runSync(this.#parts, {
      app: this.#app,
      instance: this.#instance,
      revision: view.desired.commit,
      state,
      targets: view.desired.targets,
      compared: view.compared,
    })
    const { source } = this.#app.spec
    const next: OperationState = {
      ...state,
      message: outcome.message,
      syncResult: {
        ...state.syncResult,
        ...(source ? { source: state.syncResult?.source ?? source } : {}),
        revision: view.desired.commit,
        resources: outcome.resources,
      },
    }
    if (outcome.phase === 'Running') return { state: { ...next, phase: 'Running' } }
    if (outcome.phase === 'Failed') {
      const count = (state.retryCount ?? 0) + 1
      const delay = retryDelay(state.operation.retry, count)
      if (delay !== undefined) {
        const message = `${outcome.message}. Retrying attempt #${count} at ${toTime(clock.now() + delay)}.`
        const finishedAt = toTime(clock.now())
        return { state: { ...next, phase: 'Running', retryCount: count, message, finishedAt }, after: delay }
      }
    }
    return { state: this.#finished(next, outcome.phase, outcome.message) }
  }

  #finished(state: OperationState, phase: 'Succeeded' | 'Failed' | 'Error', message: string): OperationState {
    this.#parts.countSync(phase)
    const isOk = phase === 'Succeeded'
    this.#event(
      isOk ? 'Normal' : 'Warning',
      'OperationCompleted',
      isOk
        ? `Sync operation to ${state.syncResult?.revision ?? ''} succeeded`
        : `Sync operation failed: ${message}`,
    )
    return { ...state, phase, message, finishedAt: toTime(this.#parts.clock.now()) }
  }

  /** Milliseconds until a failed attempt is repeated; undefined when the operation is not waiting for that. */
  #untilRetry({ retryCount, finishedAt, operation }: OperationState): number | undefined {
    if (!retryCount || !finishedAt) return undefined
    const delay = retryDelay(operation.retry, retryCount) ?? 0
    return Math.max(0, Date.parse(finishedAt) + delay - this.#parts.clock.now())
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#parts.events.record(this.#app, {
      type,
      reason,
      message,
      component: 'argocd-application-controller',
    })
  }

  async #writeProblems(problems: readonly string[]): Promise<void> {
    const conditions = problems.map(message => ({ type: 'InvalidSpecError', message }))
    await this.#writeStatus({ ...this.#unknown(conditions), health: { status: 'Unknown' } })
  }

  /** The objects that are there stay as they were last seen: a repository that fails changes nothing of them. */
  async #writeSourceError(message: string): Promise<void> {
    await this.#writeStatus(this.#unknown([{ type: 'ComparisonError', message }]))
  }

  #unknown(conditions: readonly Condition[]): ApplicationStatus {
    const before = this.#app.status ?? {}
    const { source, destination } = this.#app.spec
    return {
      ...before,
      sync: {
        ...before.sync,
        status: 'Unknown',
        comparedTo: { destination, ...(source ? { source } : {}) },
      },
      health: before.health ?? { status: 'Unknown' },
      conditions: conditionsWithTimes(conditions, before.conditions, this.#parts.clock.now()),
    }
  }

  async #write(
    view: View,
    more: { operationState?: OperationState; clearOperation?: boolean; conditions?: readonly Condition[] },
  ): Promise<void> {
    const before = this.#app.status ?? {}
    const { source, destination, ignoreDifferences } = this.#app.spec
    const now = this.#parts.clock.now()
    const state = more.operationState
    const isNewSuccess =
      state?.phase === 'Succeeded' &&
      before.operationState?.phase !== 'Succeeded' &&
      !state.operation.sync?.dryRun &&
      !state.operation.sync?.resources?.length
    const conditions = [...view.conditions, ...(more.conditions ?? [])]
    const status: ApplicationStatus = {
      ...before,
      sync: {
        status: summarise(view).status,
        revision: view.desired.commit,
        comparedTo: {
          destination,
          ...(source ? { source } : {}),
          ...(ignoreDifferences ? { ignoreDifferences } : {}),
        },
      },
      health: healthWithTime(overallHealth(view.compared), before.health, now),
      resources: resourceStatuses(view.compared),
      sourceType: view.desired.sourceType,
      summary: { images: imagesOf(view.compared) },
      ...(state ? { operationState: state } : {}),
      ...(state && isNewSuccess ? { history: withHistory(this.#app, state, now) } : {}),
    }
    delete status.conditions
    if (conditions.length > 0) status.conditions = conditionsWithTimes(conditions, before.conditions, now)
    await this.#writeStatus(status, more.clearOperation)
  }

  /** Writes what has changed, and clears the request for a refresh that was just answered. */
  async #writeStatus(status: ApplicationStatus, clearOperation = false): Promise<void> {
    const before = this.#app.status ?? {}
    const isRefresh = this.#app.metadata.annotations?.[REFRESH] !== undefined
    const change = mergePatchBetween(before, status)
    if (change === undefined && !isRefresh && !(clearOperation && this.#app.operation)) return
    const reconciledAt = toTime(this.#parts.clock.now())
    // The CRD has no status subresource: status, operation and annotation are written at once, as upstream does.
    const patch = {
      status: { ...(change as object | undefined), reconciledAt },
      ...(clearOperation && this.#app.operation ? { operation: null } : {}),
      ...(isRefresh ? { metadata: { annotations: { [REFRESH]: null } } } : {}),
    }
    this.#app = await this.#parts.client.patch(Application, this.#app.metadata, patch)
  }
}

const repositoryProblem = (error: unknown): string => {
  if (error instanceof Error && error.name === 'GitError') return error.message
  throw error
}

/** Begins a failed attempt anew: its results are of the last attempt. */
function restarted(state: OperationState, now: number): OperationState {
  const { finishedAt: _, ...rest } = state
  const revision = state.syncResult?.revision ?? ''
  const source = state.syncResult?.source
  return {
    ...rest,
    startedAt: toTime(now),
    syncResult: { revision, ...(source ? { source } : {}) },
  }
}

/** An automated operation for a revision that is no longer the wanted one must not hold up its successor. */
const isSuperseded = ({ operation, syncResult }: OperationState, commit: string): boolean =>
  operation.initiatedBy?.automated === true && syncResult !== undefined && syncResult.revision !== commit

function unsupportedOperation({ operation }: OperationState): string | undefined {
  const { sync } = operation
  if (!sync) return 'operation.sync is missing: only sync operations are supported'
  if (sync.manifests?.length) return 'operation.sync.manifests is not supported'
  if (sync.sources?.length || sync.revisions?.length) return 'operation.sync.sources is not supported yet'
  if (sync.source) return 'operation.sync.source is not supported yet: name a revision'
  return undefined
}

function summarise({ desired, compared }: View): ComparisonSummary {
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

function warnings(
  desired: DesiredState,
  compared: readonly ComparedObject[],
  unsupportedOptions: readonly string[],
): Condition[] {
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
    ...hooksOf(desired.targets, marks).unsupported.map(message => ({ type: 'HookWarning', message })),
  ]
}
