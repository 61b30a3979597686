import type { Client } from '../../../kernel/client.ts'
import type { EventRecorder } from '../../../kernel/events.ts'
import type { Informers } from '../../../kernel/informer.ts'
import { ApiError, isForbidden } from '../../../kube/status.ts'
import { type Clock, toTime } from '../../../lib/clock.ts'
import type { Sources } from '../git/sources.ts'
import { Application, type ApplicationStatus } from '../kinds/generated/application.ts'
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
import { type Finding, knownKinds, summarise, type View, viewOf } from './application-view.ts'
import { autoSync } from './auto-sync.ts'
import type { Comparison } from './comparison.ts'
import { cascadeOf, deleteObjects } from './deletion.ts'
import { revisionOf, SourceError, SourcePending } from './desired-state.ts'
import type { LiveState } from './live-state.ts'
import {
  continueOperation,
  finishOperation,
  isSuperseded,
  restartOperation,
  startOperation,
  untilRetry,
} from './operation.ts'
import { isFinished } from './operation-phase.ts'
import type { OperationState } from './operation-results.ts'
import { projectOf, specProblems } from './project.ts'
import { TERMINATING, terminateOperation } from './termination.ts'
import { instanceName, REFRESH, SKIP_RECONCILE } from './tracking.ts'

/** Rights are given without any change that this controller could see. */
const FORBIDDEN_RETRY_MS = 30_000

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
    for (const kind of await knownKinds(this.#parts, app)) await live.follow(kind)
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

/** One reconciliation of one Application. */
class Pass {
  readonly #parts: ReconcilerParts
  readonly #key: string
  #app: Application

  constructor(parts: ReconcilerParts, app: Application, key: string) {
    this.#parts = parts
    this.#app = app
    this.#key = key
  }

  async run(): Promise<{ after: number } | undefined> {
    const { sources } = this.#parts
    const problems = specProblems(this.#app, projectOf(this.#parts.informers, this.#app))
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
      if (error instanceof ApiError && isForbidden(error)) {
        await this.#writeSourceError(error.message)
        return { after: FORBIDDEN_RETRY_MS }
      }
      await this.#writeSourceError(error instanceof SourceError ? error.message : repositoryProblem(error))
      return undefined
    }
  }

  async #compareAndSync(): Promise<{ after: number } | undefined> {
    const now = this.#parts.clock.now()
    let view = await viewOf(this.#parts, this.#app)
    const { commit } = view.desired
    const running = this.#app.status?.operationState
    let state: OperationState | undefined
    let after: number | undefined
    const findings: Finding[] = []
    if (running && !isFinished(running.phase) && !this.#app.operation) {
      if (running.phase === TERMINATING) {
        const ended = await terminateOperation(this.#parts.client, running, now)
        this.#announce(ended)
        await this.#write(view, { state: ended })
        return { after: 1 }
      }
      if (isSuperseded(running, commit)) {
        const message = `superseded by revision ${commit}: ${running.message ?? ''}`
        await this.#write(view, { state: finishOperation(running, { phase: 'Failed', message, now }) })
        return { after: 1 }
      }
      const wait = untilRetry(running, now)
      if (wait !== undefined && wait > 0) {
        await this.#write(view, {})
        return { after: wait }
      }
      state = wait === undefined ? running : restartOperation(running, now)
    } else if (this.#app.operation) {
      state = startOperation(this.#app, this.#app.operation, { commit, now })
      const who = this.#app.operation.initiatedBy?.username
      this.#event('Normal', 'OperationStarted', `${who || 'Unknown user'} initiated sync to ${commit}`)
    } else {
      const decision = autoSync(this.#app, summarise(view), now)
      if (decision.kind === 'sync') {
        state = startOperation(this.#app, decision.operation, { commit, now })
        this.#event('Normal', 'OperationStarted', `Initiated automated sync to '${commit}'`)
      } else if (decision.kind === 'wait') after = decision.ms
      else if (decision.kind === 'refused') findings.push({ type: 'SyncError', message: decision.because })
    }
    if (state) {
      // Written down before anything is applied: a process that ends now goes on with it when it is back.
      await this.#write(view, { state, clearOperation: true })
      const result = await continueOperation(this.#parts, this.#app, { state, current: view, now })
      state = result.state
      after = result.after
      if (isFinished(state.phase)) this.#announce(state)
      view = await viewOf(this.#parts, this.#app)
    }
    await this.#write(view, { ...(state ? { state } : {}), findings })
    return after === undefined ? undefined : { after }
  }

  #announce({ phase, message, syncResult }: OperationState): void {
    this.#parts.countSync(phase)
    if (phase === 'Succeeded')
      this.#event('Normal', 'OperationCompleted', `Sync operation to ${syncResult?.revision ?? ''} succeeded`)
    else this.#event('Warning', 'OperationCompleted', `Sync operation failed: ${message ?? phase}`)
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

  #unknown(findings: readonly Finding[]): ApplicationStatus {
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
      conditions: conditionsWithTimes(findings, before.conditions, this.#parts.clock.now()),
    }
  }

  async #write(
    view: View,
    more: { state?: OperationState; clearOperation?: boolean; findings?: readonly Finding[] },
  ): Promise<void> {
    const before = this.#app.status ?? {}
    const { source, destination, ignoreDifferences } = this.#app.spec
    const now = this.#parts.clock.now()
    const { state } = more
    const isNewSuccess =
      state?.phase === 'Succeeded' &&
      before.operationState?.phase !== 'Succeeded' &&
      !state.operation.sync?.dryRun &&
      !state.operation.sync?.resources?.length
    const findings = [...view.findings, ...(more.findings ?? [])]
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
    if (findings.length > 0) status.conditions = conditionsWithTimes(findings, before.conditions, now)
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
