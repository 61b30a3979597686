import type { RunsPlan } from '../canary/runs.ts'
import type { AnalysisRun } from '../kinds/generated/analysis-run.ts'

export interface Judgement {
  /** Why the update must stop. */
  abort: string | undefined
  /** A person has to decide. */
  inconclusive: boolean
  reason: string | undefined
}

const MAX_VALUES = 5

/** What the runs of an update say about it. */
export function judge(runs: RunsPlan): Judgement {
  const all = [runs.step, runs.background].filter(run => run !== undefined)
  const bad = all.find(run => run.status?.phase === 'Failed' || run.status?.phase === 'Error')
  const reason = bad && explain(bad)
  return {
    abort: reason,
    inconclusive: all.some(run => run.status?.phase === 'Inconclusive'),
    reason,
  }
}

/** The run's message with what was measured and what was asked: which run, which metric, its values, the condition. */
export function explain(run: AnalysisRun): string {
  const phase = run.status?.phase ?? ''
  const result = run.status?.metricResults?.find(candidate => candidate.phase === phase && !candidate.dryRun)
  const metric = run.spec.metrics.find(candidate => candidate.name === result?.name)
  const message = run.status?.message || `AnalysisRun is ${phase}`
  const values = (result?.measurements ?? [])
    .filter(measurement => measurement.phase === phase)
    .slice(-MAX_VALUES)
    .map(measurement => measurement.value || measurement.message || '(none)')
  const conditions = [
    metric?.successCondition && `successCondition: ${metric.successCondition}`,
    metric?.failureCondition && `failureCondition: ${metric.failureCondition}`,
  ].filter(Boolean)
  const measured = values.length > 0 ? `; measured ${values.join(', ')}` : ''
  const asked = conditions.length > 0 ? ` (${conditions.join('; ')})` : ''
  return `${message}${measured}${asked} by AnalysisRun ${run.metadata.name}`
}
