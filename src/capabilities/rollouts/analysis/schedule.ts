import { durationMs } from '../duration.ts'
import type { AnalysisRun, AnalysisRunStatus } from '../kinds/generated/analysis-run.ts'
import { limitsOf, type Metric } from './metric-limits.ts'
import { isComplete, isTerminating } from './verdict.ts'

/** Upstream's wait after a measurement that failed to be taken, where the metric has no interval. */
const ERROR_RETRY_MS = 10_000

export interface Schedule {
  /** Metrics to measure now. */
  due: Metric[]
  /** When the next one is due. */
  nextMs: number | undefined
}

/** Which metrics are to be measured now, and when the next one is. */
export function scheduleOf(run: AnalysisRun, status: AnalysisRunStatus, nowMs: number): Schedule {
  const results = status.metricResults ?? []
  if (isTerminating(run, results)) return { due: [], nextMs: undefined }
  const times = run.spec.metrics.flatMap(metric => {
    const at = dueAt(metric, status)
    return at === undefined ? [] : [{ metric, at }]
  })
  const later = times.filter(({ at }) => at > nowMs).map(({ at }) => at)
  return {
    due: times.filter(({ at }) => at <= nowMs).map(({ metric }) => metric),
    nextMs: later.length > 0 ? Math.min(...later) : undefined,
  }
}

function dueAt(metric: Metric, status: AnalysisRunStatus): number | undefined {
  const result = status.metricResults?.find(candidate => candidate.name === metric.name)
  if (isComplete(result?.phase)) return undefined
  const last = result?.measurements?.at(-1)
  if (!result || !last)
    return (
      Date.parse(status.startedAt ?? '') + (metric.initialDelay ? (durationMs(metric.initialDelay) ?? 0) : 0)
    )
  const { count } = limitsOf(metric)
  if (count !== undefined && (result.count ?? 0) >= count) return undefined
  const interval = metric.interval ? durationMs(metric.interval) : undefined
  return Date.parse(last.finishedAt ?? '') + (interval ?? ERROR_RETRY_MS)
}

/** What is wrong with the metrics of a run, in words; undefined when nothing is. */
export function metricsProblem(metrics: readonly Metric[]): string | undefined {
  const seen = new Set<string>()
  for (const metric of metrics) {
    if (seen.has(metric.name)) return `duplicate metric name "${metric.name}"`
    seen.add(metric.name)
    for (const field of ['interval', 'initialDelay'] as const) {
      const value = metric[field]
      if (value && durationMs(value) === undefined)
        return `metric "${metric.name}": ${field} "${value}" is no duration`
    }
    if (metric.count !== undefined && Number(metric.count) > 1 && !metric.interval)
      return `metric "${metric.name}": interval must be specified when count > 1`
    if (Object.keys(metric.provider).length !== 1)
      return `metric "${metric.name}" must have exactly one provider`
  }
  return metrics.length === 0 ? 'no metrics specified' : undefined
}
