import { toTime } from '../../../lib/clock.ts'
import type { AnalysisRun, AnalysisRunStatus } from '../kinds/generated/analysis-run.ts'
import { metricsProblem, type Schedule, scheduleOf } from './schedule.ts'
import { assessRun, isComplete } from './verdict.ts'

export interface RunStep extends Schedule {
  status: AnalysisRunStatus
}

/** Where a run stands before measuring: started, its spec checked, what is due. Pure. */
export function beginRun(run: AnalysisRun, nowMs: number): RunStep {
  const status: AnalysisRunStatus = { ...(run.status ?? { phase: 'Pending' }) }
  status.startedAt ??= toTime(nowMs)
  const problem = metricsProblem(run.spec.metrics)
  if (problem !== undefined)
    return { status: failRun(status, `analysis spec invalid: ${problem}`, nowMs), due: [], nextMs: undefined }
  return { status, ...scheduleOf(run, status, nowMs) }
}

/** Where it stands after: assessed, with its end. */
export function endStep(run: AnalysisRun, status: AnalysisRunStatus, nowMs: number): AnalysisRunStatus {
  const assessed = assessRun(run, status)
  return isComplete(assessed.phase) ? { ...assessed, completedAt: toTime(nowMs) } : assessed
}

/** A run that cannot go on. */
export const failRun = (status: AnalysisRunStatus, message: string, nowMs: number): AnalysisRunStatus => ({
  ...status,
  phase: 'Error',
  message,
  completedAt: toTime(nowMs),
})

/** When a finished run is to be deleted; undefined to keep it. */
export function expiryOf(run: AnalysisRun): number | undefined {
  const ttl = run.spec.ttlStrategy
  const byPhase = run.status?.phase === 'Successful' ? ttl?.secondsAfterSuccess : ttl?.secondsAfterFailure
  const seconds = byPhase ?? ttl?.secondsAfterCompletion
  return seconds === undefined || !run.status?.completedAt
    ? undefined
    : Date.parse(run.status.completedAt) + seconds * 1000
}
