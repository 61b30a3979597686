import { equalJson } from '../../../kube/copy.ts'
import type { Application, ApplicationOperation } from '../kinds/generated/application.ts'
import { isFinished } from './operation-phase.ts'

/** What the comparison of an Application found. */
export interface ComparisonSummary {
  revision: string
  status: 'Synced' | 'OutOfSync' | 'Unknown'
  /** Objects that are wanted. */
  targets: number
  /** Objects that differ or are missing. */
  toApply: number
  /** Objects that are no longer wanted. */
  toPrune: number
}

export type AutoSync =
  | { kind: 'sync'; operation: ApplicationOperation }
  | { kind: 'wait'; ms: number }
  | { kind: 'none' }
  /** Not synced although it would be, with the reason for a SyncError condition. */
  | { kind: 'refused'; because: string }

const none: AutoSync = { kind: 'none' }
/** Upstream's default for automated operations. */
const DEFAULT_RETRIES = 5
const HEAL_BASE_MS = 2_000
const HEAL_FACTOR = 3
const HEAL_MAX_MS = 300_000
/** After so long without healing, the back-off starts anew (upstream's self-heal back-off cooldown). */
const HEAL_COOLDOWN_MS = 330_000

/** Decides whether an Application syncs itself: once for each revision and source, and again to heal when that is asked for. */
export function autoSync(app: Application, compared: ComparisonSummary, now: number): AutoSync {
  const automated = app.spec.syncPolicy?.automated
  if (!automated || automated.enabled === false) return none
  if (app.operation || (app.status?.operationState && !isFinished(app.status.operationState.phase)))
    return none
  if (compared.status !== 'OutOfSync') return none
  const isPruning = automated.prune === true
  if (compared.toApply === 0 && !isPruning) return none
  if (compared.targets === 0 && isPruning && automated.allowEmpty !== true)
    return {
      kind: 'refused',
      because: `auto-sync would remove all ${compared.toPrune} objects, because revision ${compared.revision} has none; set spec.syncPolicy.automated.allowEmpty to allow that`,
    }
  const last = app.status?.operationState
  const isAttempted =
    last?.syncResult?.revision === compared.revision &&
    equalJson(last.syncResult.source, app.spec.source) &&
    // A partial or dry-run sync by hand is no attempt at the whole.
    !last.operation.sync?.resources?.length &&
    !last.operation.sync?.dryRun
  if (!isAttempted || !last) return { kind: 'sync', operation: operationFor(app, compared, 0) }
  if (last.phase !== 'Succeeded')
    return {
      kind: 'refused',
      because: `Failed last sync attempt to ${compared.revision}: ${last.message ?? last.phase}`,
    }
  if (automated.selfHeal !== true) return none
  const since = now - Date.parse(last.finishedAt ?? last.startedAt)
  const attempts = since > HEAL_COOLDOWN_MS ? 0 : (last.operation.sync?.autoHealAttemptsCount ?? 0)
  const delay = attempts === 0 ? 0 : Math.min(HEAL_MAX_MS, HEAL_BASE_MS * HEAL_FACTOR ** (attempts - 1))
  if (since < delay) return { kind: 'wait', ms: delay - since }
  return { kind: 'sync', operation: operationFor(app, compared, attempts + 1) }
}

function operationFor(
  app: Application,
  compared: ComparisonSummary,
  healAttempts: number,
): ApplicationOperation {
  const { syncPolicy } = app.spec
  return {
    initiatedBy: { automated: true },
    retry: syncPolicy?.retry ?? { limit: DEFAULT_RETRIES },
    sync: {
      revision: compared.revision,
      ...(syncPolicy?.automated?.prune ? { prune: true } : {}),
      ...(syncPolicy?.syncOptions ? { syncOptions: [...syncPolicy.syncOptions] } : {}),
      ...(healAttempts > 0 ? { autoHealAttemptsCount: healAttempts } : {}),
    },
  }
}
