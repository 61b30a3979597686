import { labelSelectorToString } from '../../kube/selectors.ts'
import { toTime } from '../../lib/clock.ts'
import { beginStatus } from './canary/begin-status.ts'
import { conditionOf } from './canary/conditions.ts'
import { conditionsFor, isFullyPromoted, isPaused, phaseOf, progressDeadline } from './canary/progress.ts'
import { isWithinRollbackWindow } from './canary/rollback-window.ts'
import { planRuns, type RunRequest, type RunsPlan } from './canary/runs.ts'
import { hasEnoughPods, planScale, type Stage, weightFor } from './canary/scale.ts'
import { pauseAtStep, stepIsDone } from './canary/step-progress.ts'
import { currentStep, describeStep, pauseMs, stepsOf } from './canary/steps.ts'
import type { Rollout, RolloutStatus } from './kinds/generated/rollout.ts'
import { countsOf, hashOf, type Observed, revisionOf } from './observed.ts'
import type { Plan, PlannedEvent } from './rollout-plan.ts'
import { planRestart } from './restart.ts'
import { canaryOf, replicasOf, totalWeightOf } from './spec-defaults.ts'
import { judge } from './analysis/judgement.ts'
import { desiredWeight } from './traffic/weight.ts'

/**
 * Decides what a canary Rollout needs next. Pure: the same observation gives the same plan. Mirrors Argo Rollouts'
 * canary semantics, except where the plan keeps traffic from versions that are not ready (traffic/weight.ts).
 */
export function planRollout(observed: Observed): Plan {
  const { rollout, canary, nowMs } = observed
  const revision = revisionFor(observed)
  const { status, events, isRetry } = beginStatus(observed, revision)
  const isPausedByUser = rollout.spec.paused === true
  let stage = stageOf(status)

  const isJudged = stage === 'updating' && !status.promoteFull && !isWithinRollbackWindow(observed)
  const judged = planRuns(observed, status, { isJudged, isRetry, revision })
  let runs = judged
  if (!currentStep(rollout, status)?.step.pause && (status.pauseConditions ?? []).length === 0)
    // A person resumed after an inconclusive analysis; the new run is on its way.
    delete status.controllerPause
  const verdict = isJudged ? judge(judged) : undefined
  const lateAt = rollout.spec.progressDeadlineAbort
    ? progressDeadline(rollout, rollout.status ?? {})
    : undefined
  const isLate = stage === 'updating' && lateAt !== undefined && nowMs >= lateAt
  const why =
    verdict?.abort ??
    (isLate
      ? `the update made no progress within ${rollout.spec.progressDeadlineSeconds ?? 600} s`
      : undefined)
  let abortMessage: string | undefined
  if (stage === 'updating' && why !== undefined) {
    status.abort = true
    stage = 'aborted'
    runs = planRuns(observed, status, { isJudged: false, isRetry, revision })
  }
  if (stage === 'aborted') {
    if (status.abortedAt === undefined) {
      status.abortedAt = toTime(nowMs)
      abortMessage = `Rollout aborted update to revision ${revision}${why === undefined ? '' : `: ${why}`}`
      events.push({ type: 'Warning', reason: 'RolloutAborted', message: abortMessage })
    }
    delete status.pauseConditions
    delete status.controllerPause
    if (stepsOf(rollout).length > 0) status.currentStepIndex = 0
  }
  if (verdict?.inconclusive && stage === 'updating')
    addPause(status, 'InconclusiveAnalysisRun', { nowMs, events })

  if (stage !== 'aborted' || judged !== runs) recordRuns(status, judged, events)
  const weight = weightOf(observed, status, stage)
  const selectors = selectorsOf(observed, status, stage)
  if (stage === 'updating' && !isPausedByUser && canary) advance({ observed, status, runs, events })
  if (isPromoted(observed, status, stage)) promote(observed, status, { events, revision })

  recordWeights(observed, status, weight)
  recordCounts(observed, status)
  const scale = planScale(observed, status, stageOf(status))
  const replicaSet = canary?.metadata.name ?? `${rollout.metadata.name}-${observed.hash}`
  status.conditions = conditionsFor({ rollout, nowMs, replicaSet }, status, { abortMessage, revision })
  if (
    conditionOf(rollout.status?.conditions, 'Paused')?.status === 'True' &&
    !isPaused(rollout, status) &&
    !status.abort
  )
    events.push({ type: 'Normal', reason: 'RolloutResumed', message: 'Rollout is resumed' })
  const restart = planRestart(observed)
  if (restart.restartedAt !== undefined) status.restartedAt = restart.restartedAt
  const { phase, message } = phaseOf(rollout, status)
  status.phase = phase
  if (message === undefined) delete status.message
  else status.message = message

  const deadline = progressDeadline(rollout, status)
  const wakes = [pauseEnd(rollout, status), scale.wakeAtMs, deadline, restart.wakeAtMs].filter(
    at => at !== undefined,
  )
  return {
    create: canary || isPausedByUser ? undefined : scale.canary,
    revision,
    selectors,
    weight,
    status,
    runs,
    scale: scale.targets,
    restart: restart.delete,
    remove: removable(observed),
    events,
    wakeAtMs: wakes.length > 0 ? Math.min(...wakes) : undefined,
  }
}

function stageOf(status: RolloutStatus): Stage {
  if (!status.stableRS) return 'first'
  if (isFullyPromoted(status)) return 'promoted'
  return status.abort ? 'aborted' : 'updating'
}

/** One more than the newest other revision, or the one it has when that is the newest. */
function revisionFor({ canary, stable, older }: Observed): number {
  const others = [...older, ...(stable && stable !== canary ? [stable] : [])].map(revisionOf)
  const newest = Math.max(0, ...others)
  const own = canary ? revisionOf(canary) : 0
  return own > newest ? own : newest + 1
}

function addPause(
  status: RolloutStatus,
  reason: string,
  { nowMs, events }: { nowMs: number; events: PlannedEvent[] },
): void {
  const known = status.pauseConditions ?? []
  if (known.some(condition => condition.reason === reason)) return
  // With milliseconds, so that a pause is never shorter than asked.
  status.pauseConditions = [...known, { reason, startTime: new Date(nowMs).toISOString() }]
  status.controllerPause = true
  events.push({ type: 'Normal', reason: 'RolloutPaused', message: `Rollout is paused (${reason})` })
}

function weightOf(observed: Observed, status: RolloutStatus, stage: Stage): number | undefined {
  const { rollout, traffic, canary, stable } = observed
  if (!traffic) return undefined
  const total = totalWeightOf(rollout)
  const stableCounts = countsOf(stable)
  return desiredWeight({
    total,
    // Routes that carry something else are put right; until then the last known weight counts.
    current: traffic.weight ?? rollout.status?.canary?.weights?.canary.weight ?? 0,
    target: weightFor(rollout, status, stage),
    stage,
    stableServing: traffic.stableServing,
    canaryServing: traffic.canaryServing,
    canarySelected: traffic.canarySelected === observed.hash,
    canaryAvailable: countsOf(canary).available,
    enoughPods: hasEnoughPods(observed, status, stage),
    stableShare: canaryOf(rollout).dynamicStableScale
      ? stableCounts.available / Math.max(1, replicasOf(rollout))
      : undefined,
  })
}

/** A Service is only moved to a ReplicaSet whose pods are all available, so that it never has fewer than before. */
function selectorsOf(observed: Observed, status: RolloutStatus, stage: Stage): Plan['selectors'] {
  const { canary, stable, traffic } = observed
  const isFull = (replicaSet: ReplicaSetOrNone) => {
    const { replicas, available } = countsOf(replicaSet)
    return replicas > 0 && available >= replicas
  }
  const stableSet = stage === 'promoted' ? canary : stable
  const stableReady =
    isFull(stableSet) || (traffic?.stableSelected === undefined && countsOf(stableSet).available > 0)
  return {
    stable: status.stableRS && stableReady ? status.stableRS : undefined,
    canary: canary && isFull(canary) && stage !== 'aborted' ? hashOf(canary) : undefined,
  }
}
type ReplicaSetOrNone = Observed['canary']

function advance(update: {
  observed: Observed
  status: RolloutStatus
  runs: RunsPlan
  events: PlannedEvent[]
}): void {
  const { observed, status, events } = update
  const { rollout, nowMs } = observed
  const at = currentStep(rollout, status)
  if (!at || status.promoteFull) return
  if (pauseAtStep(at.step, status)) {
    addPause(status, 'CanaryPauseStep', { nowMs, events })
    return
  }
  if (!stepIsDone(update, at.step)) return
  status.currentStepIndex = at.index + 1
  const left = (status.pauseConditions ?? []).filter(({ reason }) => reason !== 'CanaryPauseStep')
  if (left.length > 0) status.pauseConditions = left
  else {
    delete status.pauseConditions
    delete status.controllerPause
  }
  events.push({
    type: 'Normal',
    reason: 'RolloutStepCompleted',
    message: `Rollout step ${at.index + 1}/${stepsOf(rollout).length} completed (${describeStep(at.step)})`,
  })
}

/** Done with all steps, every pod of the new version available and, where a router splits, all traffic on it. */
function isPromoted(observed: Observed, status: RolloutStatus, stage: Stage): boolean {
  const { rollout, canary, traffic } = observed
  if (!canary || rollout.spec.paused) return false
  const replicas = replicasOf(rollout)
  if (stage === 'first') return countsOf(canary).available >= replicas
  if (stage !== 'updating' || currentStep(rollout, status)) return false
  if (countsOf(canary).available < replicas || (status.pauseConditions ?? []).length > 0) return false
  return !traffic || replicas === 0 || (traffic.weight === totalWeightOf(rollout) && traffic.canaryServing)
}

function promote(
  { rollout, hash }: Observed,
  status: RolloutStatus,
  { events, revision }: { events: PlannedEvent[]; revision: number },
): void {
  const count = stepsOf(rollout).length
  const why = !status.stableRS
    ? 'Initial deploy'
    : status.promoteFull
      ? 'Full promotion requested'
      : `Completed all ${count} canary steps`
  status.stableRS = hash
  if (count > 0) status.currentStepIndex = count
  delete status.promoteFull
  delete status.pauseConditions
  delete status.controllerPause
  events.push({
    type: 'Normal',
    reason: 'RolloutCompleted',
    message: `Rollout completed update to revision ${revision} (${hash}): ${why}`,
  })
}

/** Remembers the runs that judge the update, from the moment they are asked for. */
function recordRuns(status: RolloutStatus, runs: RunsPlan, events: PlannedEvent[]): void {
  const before = status.canary
  const describe = (type: RunRequest['type'], run: RunsPlan['step']) => {
    const requested = runs.create.find(request => request.type === type)
    if (requested) return { name: requested.name, status: 'Pending' }
    return (
      run && { name: run.metadata.name, status: run.status?.phase ?? 'Pending', message: run.status?.message }
    )
  }
  const step = describe('Step', runs.step)
  const background = describe('Background', runs.background)
  announce('Step', before?.currentStepAnalysisRunStatus, step, events)
  announce('Background', before?.currentBackgroundAnalysisRunStatus, background, events)
  status.canary = {
    ...before,
    currentStepAnalysisRunStatus: step,
    currentBackgroundAnalysisRunStatus: background,
  }
}

type RunRecord = { name: string; status: string } | undefined

function announce(type: RunRequest['type'], before: RunRecord, now: RunRecord, events: PlannedEvent[]): void {
  if (!now || now.status === 'Pending' || (before?.name === now.name && before.status === now.status)) return
  const previous = before?.name === now.name ? before.status : 'NoPreviousStatus'
  events.push({
    type: now.status === 'Failed' || now.status === 'Error' ? 'Warning' : 'Normal',
    reason: `AnalysisRun${now.status}`,
    message: `${type} Analysis Run '${now.name}' Status New: '${now.status}' Previous: '${previous}'`,
  })
}

function recordWeights(observed: Observed, status: RolloutStatus, weight: number | undefined): void {
  const canary = { ...status.canary }
  if (weight === undefined) delete canary.weights
  else {
    const { stableService, canaryService } = canaryOf(observed.rollout)
    canary.weights = {
      canary: { weight, podTemplateHash: observed.hash, serviceName: canaryService },
      stable: {
        weight: totalWeightOf(observed.rollout) - weight,
        podTemplateHash: status.stableRS || undefined,
        serviceName: stableService,
      },
      verified: observed.traffic?.weight === weight,
    }
  }
  status.canary = canary
}

function recordCounts({ rollout, canary, stable, older }: Observed, status: RolloutStatus): void {
  const all = new Set([canary, stable, ...older])
  const total = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
    [...all].reduce((sum, replicaSet) => sum + (replicaSet?.status?.[field] ?? 0), 0)
  status.replicas = total('replicas')
  status.HPAReplicas = status.replicas
  status.readyReplicas = total('readyReplicas')
  status.availableReplicas = total('availableReplicas')
  status.updatedReplicas = canary?.status?.replicas ?? 0
  status.selector = labelSelectorToString(rollout.spec.selector ?? {})
}

function pauseEnd(rollout: Rollout, status: RolloutStatus): number | undefined {
  const pause = status.pauseConditions?.find(({ reason }) => reason === 'CanaryPauseStep')
  const duration = pauseDuration(rollout, status)
  return pause && duration !== undefined ? Date.parse(pause.startTime) + duration : undefined
}

function pauseDuration(rollout: Rollout, status: RolloutStatus): number | undefined {
  const step = currentStep(rollout, status)?.step
  return step ? pauseMs(step) : undefined
}

function removable({ rollout, older }: Observed): Plan['remove'] {
  const limit = rollout.spec.revisionHistoryLimit ?? 10
  const empty = older.filter(
    ({ spec, status, metadata }) =>
      (spec.replicas ?? 0) === 0 && (status?.replicas ?? 0) === 0 && metadata.deletionTimestamp === undefined,
  )
  const excess = older.length - limit
  return empty.toSorted((left, right) => revisionOf(left) - revisionOf(right)).slice(0, Math.max(0, excess))
}
