import { compile } from '../../../languages/re2/pattern.ts'
import type {
  AnalysisRun,
  AnalysisRunStatus,
  AnalysisRunStatusMetricResultsItemMeasurementsItem as StoredMeasurement,
} from '../kinds/generated/analysis-run.ts'
import type { Metric } from './metric-limits.ts'
import type { MetricResult } from './verdict.ts'

/** The outcome of measuring once. */
export interface Measurement {
  phase: 'Successful' | 'Failed' | 'Error' | 'Inconclusive'
  value?: string
  message?: string
  metadata?: Record<string, string>
}

/** Upstream's DefaultMeasurementHistoryLimit. */
const KEPT = 10

/** Rules of `dryRun` and `measurementRetention` name metrics by regular expression. */
const names = (pattern: string, metric: string): boolean => compile(pattern).test(metric)

/** The status with one more measurement of a metric, counted by its phase. */
export function recordMeasurement(
  run: AnalysisRun,
  status: AnalysisRunStatus,
  {
    metric,
    measurement,
    startedMs,
    nowMs,
  }: { metric: Metric; measurement: Measurement; startedMs: number; nowMs: number },
): AnalysisRunStatus {
  const results = status.metricResults ?? []
  const known = results.find(result => result.name === metric.name)
  const stored: StoredMeasurement = {
    phase: measurement.phase,
    // With milliseconds, so that an interval is never shorter than asked.
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: new Date(nowMs).toISOString(),
    ...(measurement.value === undefined ? {} : { value: measurement.value }),
    ...(measurement.message === undefined ? {} : { message: measurement.message }),
  }
  const kept = run.spec.measurementRetention?.find(rule => names(rule.metricName, metric.name))?.limit ?? KEPT
  const result: MetricResult = {
    ...(known ?? firstResult(run, metric)),
    ...counters(known, measurement.phase),
    measurements: [...(known?.measurements ?? []), stored].slice(-Math.max(1, kept)),
    ...(measurement.metadata ? { metadata: measurement.metadata } : {}),
  }
  return {
    ...status,
    metricResults: known
      ? results.map(candidate => (candidate === known ? result : candidate))
      : [...results, result],
  }
}

const firstResult = (run: AnalysisRun, metric: Metric): MetricResult => ({
  name: metric.name,
  phase: 'Running',
  ...(run.spec.dryRun?.some(rule => names(rule.metricName, metric.name)) ? { dryRun: true } : {}),
})

/** An error is no measurement: it only counts in a row. */
function counters(known: MetricResult | undefined, phase: Measurement['phase']): Partial<MetricResult> {
  const plus = (
    field:
      | 'count'
      | 'successful'
      | 'failed'
      | 'inconclusive'
      | 'error'
      | 'consecutiveSuccess'
      | 'consecutiveError',
  ) => (known?.[field] ?? 0) + 1
  switch (phase) {
    case 'Successful':
      return {
        successful: plus('successful'),
        count: plus('count'),
        consecutiveSuccess: plus('consecutiveSuccess'),
        consecutiveError: 0,
      }
    case 'Failed':
      return { failed: plus('failed'), count: plus('count'), consecutiveSuccess: 0, consecutiveError: 0 }
    case 'Inconclusive':
      return {
        inconclusive: plus('inconclusive'),
        count: plus('count'),
        consecutiveSuccess: 0,
        consecutiveError: 0,
      }
    case 'Error':
      return { error: plus('error'), consecutiveError: plus('consecutiveError'), consecutiveSuccess: 0 }
  }
}
