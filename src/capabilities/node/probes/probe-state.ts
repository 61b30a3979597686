import type { Probe } from '../../../kube/generated/core-v1.ts'

export type ProbeType = 'startup' | 'readiness' | 'liveness'

/** The result of one check; `message` says why it failed. */
export type CheckResult = { ok: true } | { ok: false; message: string }

/** How far a probe is towards its thresholds. */
export interface ProbeState {
  /** What the probe says of its container: undefined until it has said anything. */
  verdict: boolean | undefined
  /** Results in a row like the last one. */
  streak: number
  lastOk: boolean | undefined
}

export const initialProbeState: ProbeState = { verdict: undefined, streak: 0, lastOk: undefined }

/** A probe with the defaults of the API filled in. */
export function probeTimes(probe: Probe) {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds || 10) * 1000,
    timeoutMs: (probe.timeoutSeconds || 1) * 1000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  }
}

/** Counts one result: the verdict changes when a threshold is reached, as in the kubelet's prober. */
export function countResult(state: ProbeState, probe: Probe, ok: boolean): ProbeState {
  const { successThreshold, failureThreshold } = probeTimes(probe)
  const streak = state.lastOk === ok ? state.streak + 1 : 1
  const reached = streak >= (ok ? successThreshold : failureThreshold)
  return { verdict: reached ? ok : state.verdict, streak, lastOk: ok }
}

/** `Readiness probe failed: …`, the kubelet's event message. */
export const failureMessage = (type: ProbeType, message: string): string =>
  `${type.charAt(0).toUpperCase()}${type.slice(1)} probe failed: ${message}`
