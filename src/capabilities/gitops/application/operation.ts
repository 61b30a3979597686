import { copyJson } from '../../../kube/copy.ts'
import { toTime } from '../../../lib/clock.ts'
import type { Application, ApplicationOperation } from '../kinds/generated/application.ts'
import { type View, viewOf } from './application-view.ts'
import type { CompareParts } from './compared-objects.ts'
import { type DesiredParts, SourceError } from './desired-state.ts'
import { retryDelay } from './operation-phase.ts'
import type { OperationState } from './operation-results.ts'
import { runSync, type SyncOutcome, type SyncParts } from './sync-operation.ts'
import { instanceName } from './tracking.ts'

/** The state of an operation that begins now. */
export function startOperation(
  app: Application,
  operation: ApplicationOperation,
  { commit, now }: { commit: string; now: number },
): OperationState {
  const source = operation.sync?.source ?? app.spec.source
  return {
    operation,
    phase: 'Running',
    message: 'waiting to start',
    startedAt: toTime(now),
    syncResult: {
      revision: operation.sync?.revision || commit,
      ...(source ? { source: copyJson(source) } : {}),
    },
  }
}

/** Begins a failed attempt anew: its results are of the last attempt. */
export function restartOperation(state: OperationState, now: number): OperationState {
  const { finishedAt: _, ...rest } = state
  const { revision = '', source } = state.syncResult ?? {}
  return { ...rest, startedAt: toTime(now), syncResult: { revision, ...(source ? { source } : {}) } }
}

/** Milliseconds until a failed attempt is repeated; undefined when the operation is not waiting for that. */
export function untilRetry(
  { retryCount, finishedAt, operation }: OperationState,
  now: number,
): number | undefined {
  if (!retryCount || !finishedAt) return undefined
  const delay = retryDelay(operation.retry, retryCount) ?? 0
  return Math.max(0, Date.parse(finishedAt) + delay - now)
}

/** An automated operation for a revision that is no longer the wanted one must not hold up its successor. */
export const isSuperseded = ({ operation, syncResult }: OperationState, commit: string): boolean =>
  operation.initiatedBy?.automated === true && syncResult !== undefined && syncResult.revision !== commit

function unsupported({ operation }: OperationState): string | undefined {
  const { sync } = operation
  if (!sync) return 'operation.sync is missing: only sync operations are supported'
  if (sync.manifests?.length) return 'operation.sync.manifests is not supported'
  if (sync.sources?.length || sync.revisions?.length) return 'operation.sync.sources is not supported yet'
  return undefined
}

/** Goes on with an operation as far as it can, and says in how many milliseconds to come back. */
export async function continueOperation(
  parts: DesiredParts & CompareParts & SyncParts,
  app: Application,
  { state, current, now }: { state: OperationState; current: View; now: number },
): Promise<{ state: OperationState; after?: number }> {
  const problem = unsupported(state)
  if (problem) return { state: finishOperation(state, { phase: 'Error', message: problem, now }) }
  const revision = state.syncResult?.revision ?? current.desired.commit
  let view = current
  if (revision !== current.desired.commit || state.operation.sync?.source)
    try {
      view = await viewOf(parts, app, { revision, source: state.syncResult?.source })
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      return { state: finishOperation(state, { phase: 'Error', message: error.message, now }) }
    }
  const outcome = await runSync(parts, {
    app,
    instance: instanceName(app.metadata.namespace, app.metadata.name),
    revision: view.desired.commit,
    state,
    targets: view.desired.targets,
    compared: view.compared,
  })
  return afterOutcome(state, { outcome, revision: view.desired.commit, now })
}

function afterOutcome(
  state: OperationState,
  { outcome, revision, now }: { outcome: SyncOutcome; revision: string; now: number },
): { state: OperationState; after?: number } {
  const { message, resources } = outcome
  const next: OperationState = { ...state, message, syncResult: { ...state.syncResult, revision, resources } }
  if (outcome.phase === 'Running') return { state: next }
  const count = (state.retryCount ?? 0) + 1
  const delay = outcome.phase === 'Failed' ? retryDelay(state.operation.retry, count) : undefined
  if (delay === undefined) return { state: finishOperation(next, { phase: outcome.phase, message, now }) }
  return {
    state: {
      ...next,
      retryCount: count,
      message: `${message}. Retrying attempt #${count} at ${toTime(now + delay)}.`,
      finishedAt: toTime(now),
    },
    after: delay,
  }
}

/** The state of an operation that is over. */
export const finishOperation = (
  state: OperationState,
  { phase, message, now }: { phase: 'Succeeded' | 'Failed' | 'Error'; message: string; now: number },
): OperationState => ({ ...state, phase, message, finishedAt: toTime(now) })
