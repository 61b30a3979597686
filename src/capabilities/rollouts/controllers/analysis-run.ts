import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { ArgumentError, substitute } from '../analysis/arguments.ts'
import { measure } from '../analysis/measure.ts'
import type { Metric } from '../analysis/metric-limits.ts'
import type { ProviderContext } from '../analysis/provider.ts'
import { type Measurement, recordMeasurement } from '../analysis/record.ts'
import { beginRun, endStep, expiryOf, failRun } from '../analysis/run-step.ts'
import { scheduleOf } from '../analysis/schedule.ts'
import { readArguments, redact } from '../analysis/secret-arguments.ts'
import { isComplete } from '../analysis/verdict.ts'
import { AnalysisRun, type AnalysisRunStatus } from '../kinds/generated/analysis-run.ts'

const COMPONENT = 'analysis-run'

/** Takes the measurements of AnalysisRuns as they fall due and says what they come to. */
export function analysisRunController(kernel: Kernel): Controller {
  const { client, clock } = kernel
  const runs = kernel.informers.for(AnalysisRun)
  const measured = kernel.metrics.counter({
    name: 'drave_rollouts_measurements_total',
    help: 'Measurements of analysis metrics by provider and phase.',
    labelNames: ['provider', 'phase'],
  })

  async function take(
    run: AnalysisRun,
    metrics: readonly Metric[],
    signal: AbortSignal,
  ): Promise<{ metric: Metric; measurement: Measurement; startedMs: number; nowMs: number }[]> {
    const args = await readArguments(client, run.metadata.namespace ?? 'default', run.spec.args ?? [])
    const address = kernel.config.get('rollouts.prometheus.address')
    const context: ProviderContext = {
      client,
      clock,
      signal,
      prometheusAddress:
        typeof address === 'string' && address !== '' ? address : kernel.endpoints.get('prometheus'),
    }
    return Promise.all(
      metrics.map(async metric => {
        const startedMs = clock.now()
        const measurement = await measure(substitute(metric, args.values), context)
        measured.inc({ provider: Object.keys(metric.provider)[0] ?? '', phase: measurement.phase })
        // Only the query is stored: everything else of a metric may hold a secret.
        const shown = { ...measurement, ...hide(measurement, args.secrets) }
        return { metric, measurement: shown, startedMs, nowMs: clock.now() }
      }),
    )
  }

  async function write(run: AnalysisRun, status: AnalysisRunStatus): Promise<void> {
    if (JSON.stringify(run.status) === JSON.stringify(status)) return
    // Upstream's definition of the kind has no status subresource.
    await client.patch(AnalysisRun, run.metadata, { status })
    if (run.status?.phase === status.phase || !isComplete(status.phase)) return
    const isBad = status.phase === 'Failed' || status.phase === 'Error'
    kernel.events.record(run, {
      type: isBad ? 'Warning' : 'Normal',
      reason: `AnalysisRun${status.phase}`,
      message: `Analysis completed ${status.phase}${status.message ? `: ${status.message}` : ''}`,
      component: COMPONENT,
    })
  }

  return {
    name: COMPONENT,
    watches: [objectsOf(AnalysisRun)],
    concurrency: 16,
    async reconcile(key, signal) {
      const run = runs.get(key)
      if (!run || run.metadata.deletionTimestamp) return
      if (isComplete(run.status?.phase)) {
        const expiry = expiryOf(run)
        if (expiry === undefined) return
        if (expiry > clock.now()) return { after: expiry - clock.now() }
        await client.delete(AnalysisRun, run.metadata)
        return
      }
      const begun = beginRun(run, clock.now())
      if (isComplete(begun.status.phase)) return write(run, begun.status)
      let { status } = begun
      try {
        for (const taken of begun.due.length > 0 ? await take(run, begun.due, signal) : [])
          status = recordMeasurement(run, status, taken)
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error
        return write(
          run,
          failRun(status, `unable to resolve metric arguments: ${error.message}`, clock.now()),
        )
      }
      status = endStep(run, status, clock.now())
      await write(run, status)
      if (isComplete(status.phase)) return
      const { due, nextMs } = scheduleOf(run, status, clock.now())
      if (due.length > 0) return { after: 1 }
      return nextMs === undefined ? undefined : { after: nextMs - clock.now() }
    },
  }
}

function hide(measurement: Measurement, secrets: readonly string[]): Partial<Measurement> {
  const { message, metadata } = measurement
  return {
    ...(message === undefined ? {} : { message: redact(message, secrets) }),
    ...(metadata === undefined
      ? {}
      : {
          metadata: Object.fromEntries(
            Object.entries(metadata).map(([name, value]) => [name, redact(value, secrets)]),
          ),
        }),
  }
}
