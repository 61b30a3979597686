import type { AnalysisRunSpecMetricsItem as Metric } from '../kinds/generated/analysis-run.ts'

export type { Metric }

const number = (value: number | string | undefined): number | undefined => {
  const parsed = value === undefined || value === '' ? undefined : Number(value)
  return parsed === undefined || Number.isNaN(parsed) ? undefined : parsed
}

export interface Limits {
  /** How many measurements are taken; undefined for as many as the update lasts. */
  count: number | undefined
  /** Negative when failures do not count. */
  failure: number
  inconclusive: number
  consecutiveError: number
  /** So many successes in a row end the metric; undefined when that is off. */
  consecutiveSuccess: number | undefined
}

/** Limits with upstream's defaults: without count and interval there is one measurement. */
export function limitsOf(metric: Metric): Limits {
  const count = number(metric.count) ?? 0
  const consecutiveSuccess = number(metric.consecutiveSuccessLimit) ?? 0
  return {
    count: count > 0 ? count : metric.interval ? undefined : 1,
    failure: number(metric.failureLimit) ?? 0,
    inconclusive: number(metric.inconclusiveLimit) ?? 0,
    consecutiveError: number(metric.consecutiveErrorLimit) ?? 4,
    consecutiveSuccess: consecutiveSuccess > 0 ? consecutiveSuccess : undefined,
  }
}
