import type { Probe } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import {
  type CheckResult,
  countResult,
  initialProbeState,
  type ProbeType,
  probeTimes,
} from './probe-state.ts'

/** Until its first success within the first period, a container is asked this often, so that it serves as soon as it can. */
const EAGER_MS = 100

interface ProbeWorker {
  type: ProbeType
  probe: Probe
  clock: Clock
  check(): Promise<CheckResult>
  /** The probe's verdict has changed, or has become known. */
  verdict(ok: boolean): void
  /** A check failed, at the times when the probe counts. */
  failed(message: string): void
}

/**
 * Runs a probe until the signal aborts. Failures count once a period. Startup and readiness probes are also tried
 * in between at the beginning, where only a success has an effect: the kubelet's first probe comes at a random
 * moment of the first period, so an earlier answer is within its rules.
 */
export async function runProbe(worker: ProbeWorker, signal: AbortSignal): Promise<void> {
  const { clock, probe, type } = worker
  const { initialDelayMs, periodMs, successThreshold } = probeTimes(probe)
  let state = initialProbeState
  const look = async (counts: boolean): Promise<boolean> => {
    const result = await worker.check()
    if (signal.aborted || (!result.ok && !counts)) return false
    const next = countResult(state, probe, result.ok)
    if (!result.ok) worker.failed(result.message)
    const changed = next.verdict !== undefined && next.verdict !== state.verdict
    state = next
    if (changed && next.verdict !== undefined) worker.verdict(next.verdict)
    return result.ok
  }
  try {
    await clock.sleep(initialDelayMs, signal)
    if (type !== 'liveness' && successThreshold === 1) {
      const end = clock.elapsed() + periodMs
      while (!(await look(false)) && clock.elapsed() + EAGER_MS < end) await clock.sleep(EAGER_MS, signal)
      if (state.verdict === undefined) await look(true)
    } else await look(true)
    // A startup probe has nothing to say after its first verdict.
    while (!(type === 'startup' && state.verdict !== undefined)) {
      await clock.sleep(periodMs, signal)
      await look(true)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
