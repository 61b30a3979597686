import type { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import type {
  RolloutSpecStrategyBlueGreenPostPromotionAnalysis as RolloutAnalysis,
  RolloutStatus,
} from '../kinds/generated/rollout.ts'
import { RUN_TYPE_LABEL, STEP_INDEX_LABEL } from '../names.ts'
import { hashOf, type Observed } from '../observed.ts'
import { canaryOf } from '../spec-defaults.ts'
import { currentStep } from './steps.ts'

export type { RolloutAnalysis }

/** An AnalysisRun to create from the templates of the Rollout. */
export interface RunRequest {
  type: 'Step' | 'Background'
  name: string
  analysis: RolloutAnalysis
  /** The step, for a run that belongs to one. */
  index: number | undefined
}

export interface RunsPlan {
  step: AnalysisRun | undefined
  background: AnalysisRun | undefined
  create: RunRequest[]
  terminate: AnalysisRun[]
  remove: AnalysisRun[]
}

export const isCompleted = (run: AnalysisRun): boolean =>
  ['Successful', 'Failed', 'Error', 'Inconclusive'].includes(run.status?.phase ?? '')

/** Which AnalysisRuns an update needs now. `isJudged` is false where nothing is to be analysed: first deployment, abort, full promotion. */
export function planRuns(
  observed: Observed,
  status: RolloutStatus,
  { isJudged, isRetry, revision }: { isJudged: boolean; isRetry: boolean; revision: number },
): RunsPlan {
  const plan: RunsPlan = { step: undefined, background: undefined, create: [], terminate: [], remove: [] }
  const previous = observed.rollout.status?.canary
  const names = new Set(observed.runs.map(run => run.metadata.name))
  const choose = (type: RunRequest['type'], analysis: RolloutAnalysis, index: number | undefined) => {
    const remembered =
      type === 'Step' ? previous?.currentStepAnalysisRunStatus : previous?.currentBackgroundAnalysisRunStatus
    const belongs = (run: AnalysisRun) =>
      hashOf(run) === observed.hash &&
      run.metadata.labels?.[RUN_TYPE_LABEL] === type &&
      run.metadata.labels?.[STEP_INDEX_LABEL] === (index === undefined ? undefined : String(index))
    const current =
      observed.runs.find(run => belongs(run) && run.metadata.name === remembered?.name && !isRetry) ??
      observed.runs.find(run => belongs(run) && !isCompleted(run) && !run.spec.terminate)
    const wasResumed = status.controllerPause === true && (status.pauseConditions ?? []).length === 0
    if (current && !(wasResumed && current.status?.phase === 'Inconclusive')) return current
    const base = [
      observed.rollout.metadata.name,
      observed.hash,
      revision,
      ...(index === undefined ? [] : [index]),
    ]
    plan.create.push({ type, analysis, index, name: freeName(base.join('-'), names) })
    return undefined
  }

  if (isJudged) {
    const at = currentStep(observed.rollout, status)
    const isPaused = (status.pauseConditions ?? []).length > 0
    const stepAnalysis = at?.step.analysis
    if (at && stepAnalysis)
      plan.step = isPaused ? remembered(observed, 'Step') : choose('Step', stepAnalysis, at.index)
    const background = canaryOf(observed.rollout).analysis
    const isStarted = (status.currentStepIndex ?? 0) >= (background?.startingStep ?? 0)
    if (background && (background.templates ?? []).length > 0 && isStarted)
      plan.background = isPaused
        ? (remembered(observed, 'Background') ?? choose('Background', background, undefined))
        : choose('Background', background, undefined)
  }
  const wanted = new Set([plan.step, plan.background])
  const others = observed.runs.filter(run => !wanted.has(run))
  plan.terminate = others.filter(run => !isCompleted(run) && !run.spec.terminate)
  plan.remove = staleRuns(observed, others)
  return plan
}

function remembered({ rollout, runs, hash }: Observed, type: RunRequest['type']): AnalysisRun | undefined {
  const canary = rollout.status?.canary
  const name = (
    type === 'Step' ? canary?.currentStepAnalysisRunStatus : canary?.currentBackgroundAnalysisRunStatus
  )?.name
  return runs.find(run => run.metadata.name === name && hashOf(run) === hash)
}

function freeName(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base
  for (let suffix = 1; ; suffix++) if (!taken.has(`${base}.${suffix}`)) return `${base}.${suffix}`
}

/** Finished runs beyond the history limits, the oldest first, and those whose ReplicaSet is gone. */
function staleRuns(
  { rollout, canary, stable, older }: Observed,
  runs: readonly AnalysisRun[],
): AnalysisRun[] {
  const limits = rollout.spec.analysis
  const hashes = new Set(
    [canary, stable, ...older].flatMap(replicaSet => (replicaSet ? [hashOf(replicaSet)] : [])),
  )
  const finished = runs
    .filter(isCompleted)
    .toSorted((left, right) =>
      right.metadata.creationTimestamp.localeCompare(left.metadata.creationTimestamp),
    )
  const orphans = finished.filter(run => !hashes.has(hashOf(run)))
  const kept = finished.filter(run => hashes.has(hashOf(run)))
  const good = kept.filter(run => run.status?.phase === 'Successful')
  const bad = kept.filter(run => run.status?.phase !== 'Successful')
  return [
    ...orphans,
    ...good.slice(limits?.successfulRunHistoryLimit ?? 5),
    ...bad.slice(limits?.unsuccessfulRunHistoryLimit ?? 5),
  ]
}
