import type {
  AnalysisRun,
  AnalysisRunStatusMetricResultsItem as MetricResult,
  AnalysisRunStatus,
} from '../kinds/generated/analysis-run.ts'
import { limitsOf, type Metric } from './metric-limits.ts'

export type { MetricResult }
export type Phase = 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive'

const completed: ReadonlySet<string> = new Set(['Successful', 'Failed', 'Error', 'Inconclusive'])
export const isComplete = (phase: string | undefined): boolean => phase !== undefined && completed.has(phase)

/** From worst to best. */
const severity: readonly Phase[] = ['Failed', 'Error', 'Inconclusive', 'Successful']

interface Assessment {
  phase: Phase
  message?: string
}

/** What a metric's measurements come to. Mirrors Argo Rollouts' assessMetricStatus. */
export function assessMetric(
  metric: Metric,
  result: MetricResult | undefined,
  isTerminating: boolean,
): Assessment {
  if (result && isComplete(result.phase)) return { phase: result.phase as Phase } // The set above holds only phases.
  const last = result?.measurements?.at(-1)
  if (!result || !last) return { phase: isTerminating ? 'Successful' : 'Pending' }
  if (!isComplete(last.phase)) return { phase: 'Running' }
  const limits = limitsOf(metric)
  const [failed, inconclusive, errors] = [
    result.failed ?? 0,
    result.inconclusive ?? 0,
    result.consecutiveError ?? 0,
  ]
  if (limits.failure >= 0 && failed > limits.failure)
    return { phase: 'Failed', message: `failed (${failed}) > failureLimit (${limits.failure})` }
  if (inconclusive > limits.inconclusive)
    return {
      phase: 'Inconclusive',
      message: `inconclusive (${inconclusive}) > inconclusiveLimit (${limits.inconclusive})`,
    }
  if (errors > limits.consecutiveError)
    return {
      phase: 'Error',
      message: `consecutiveErrors (${errors}) > consecutiveErrorLimit (${limits.consecutiveError})${last.message ? `: ${last.message}` : ''}`,
    }
  if (
    limits.consecutiveSuccess !== undefined &&
    (result.consecutiveSuccess ?? 0) >= limits.consecutiveSuccess
  )
    return { phase: 'Successful' }
  if (limits.count !== undefined && (result.count ?? 0) >= limits.count) {
    if (limits.consecutiveSuccess === undefined) return { phase: 'Successful' }
    return {
      phase: 'Inconclusive',
      message: `consecutiveSuccess (${result.consecutiveSuccess ?? 0}) < consecutiveSuccessLimit (${limits.consecutiveSuccess})`,
    }
  }
  return { phase: isTerminating ? 'Successful' : 'Running' }
}

/** A run is ending when it was told to, or when one metric that counts came out badly. */
export const isTerminating = (run: AnalysisRun, results: readonly MetricResult[]): boolean =>
  run.spec.terminate === true ||
  results.some(result => !result.dryRun && isComplete(result.phase) && result.phase !== 'Successful')

/** The run's status with every metric assessed: running until all are complete, then the worst of them. */
export function assessRun(run: AnalysisRun, status: AnalysisRunStatus): AnalysisRunStatus {
  const known = new Map((status.metricResults ?? []).map(result => [result.name, result]))
  const messages = new Map<string, string>()
  // One metric's failure ends the others, so it is looked for first.
  const assess = (terminating: boolean) => {
    for (const metric of run.spec.metrics) {
      const result = known.get(metric.name)
      const { phase, message } = assessMetric(metric, result, terminating)
      if (!result || result.phase === phase) continue
      known.set(metric.name, { ...result, phase, ...(message === undefined ? {} : { message }) })
      if (message !== undefined)
        messages.set(metric.name, `Metric "${metric.name}" assessed ${phase} due to ${message}`)
    }
  }
  assess(isTerminating(run, [...known.values()]))
  const terminating = isTerminating(run, [...known.values()])
  if (terminating) assess(true)

  const results = run.spec.metrics.flatMap(metric => known.get(metric.name) ?? [])
  const isOpen = run.spec.metrics.some(metric => {
    const result = known.get(metric.name)
    return result ? !isComplete(result.phase) : !terminating
  })
  const counting = results.filter(result => !result.dryRun)
  const worst = severity.find(phase => counting.some(result => result.phase === phase)) ?? 'Successful'
  const culprit = counting.find(result => result.phase === worst)
  const message =
    (culprit && messages.get(culprit.name)) ?? (run.spec.terminate ? 'Run Terminated' : undefined)
  return {
    ...status,
    phase: isOpen ? 'Running' : worst,
    ...(message !== undefined && !isOpen ? { message } : {}),
    metricResults: results,
    runSummary: summary(run, counting, false),
    ...(results.some(result => result.dryRun) ? { dryRunSummary: summary(run, results, true) } : {}),
  }
}

function summary(
  run: AnalysisRun,
  results: readonly MetricResult[],
  dryRun: boolean,
): NonNullable<AnalysisRunStatus['runSummary']> {
  const of = (phase: Phase) =>
    results.filter(result => (result.dryRun ?? false) === dryRun && result.phase === phase).length
  return {
    count: dryRun ? results.filter(result => result.dryRun).length : run.spec.metrics.length,
    successful: of('Successful'),
    failed: of('Failed'),
    inconclusive: of('Inconclusive'),
    error: of('Error'),
  }
}
