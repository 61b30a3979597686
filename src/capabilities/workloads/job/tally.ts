import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isReady } from '../pod-state.ts'

/** Keeps a finished pod in the API until it has been counted, as upstream. */
export const TRACKING = 'batch.kubernetes.io/job-tracking'

/** The pods of a Job, counted. */
export interface Tally {
  active: readonly Pod[]
  ready: number
  terminating: number
  succeeded: number
  failed: number
  /** Finished pods whose result is in the numbers and whose finalizer can go. */
  counted: readonly Pod[]
  uncounted: { succeeded: string[]; failed: string[] }
}

const isTracked = (pod: Pod): boolean => (pod.metadata.finalizers ?? []).includes(TRACKING)

/**
 * Adds up what the status already counted and what has finished since. A pod counts once: while it carries the
 * tracking finalizer it is either new, or listed in `uncountedTerminatedPods` because it is in the numbers already.
 */
export function tally(job: Job, pods: readonly Pod[]): Tally {
  const listed = job.status?.uncountedTerminatedPods ?? {}
  const known = new Set([...(listed.succeeded ?? []), ...(listed.failed ?? [])])
  const finished = pods.filter(pod => outcomeOf(pod) !== undefined && isTracked(pod))
  const fresh = finished.filter(({ metadata }) => !known.has(metadata.uid))
  const uidsOf = (outcome: 'succeeded' | 'failed', of: readonly Pod[]) =>
    of.filter(pod => outcomeOf(pod) === outcome).map(({ metadata }) => metadata.uid)
  const active = pods.filter(pod => outcomeOf(pod) === undefined)
  const isEnded = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return {
    active,
    ready: active.filter(isReady).length,
    terminating: pods.filter(pod => pod.metadata.deletionTimestamp && !isEnded(pod)).length,
    succeeded: (job.status?.succeeded ?? 0) + uidsOf('succeeded', fresh).length,
    failed: (job.status?.failed ?? 0) + uidsOf('failed', fresh).length,
    counted: finished,
    uncounted: { succeeded: uidsOf('succeeded', finished), failed: uidsOf('failed', finished) },
  }
}

/** A pod that somebody deletes has failed, unless it succeeded: its replacement does not wait (podReplacementPolicy TerminatingOrFailed). */
function outcomeOf({ status, metadata }: Pod): 'succeeded' | 'failed' | undefined {
  if (status?.phase === 'Succeeded') return 'succeeded'
  return status?.phase === 'Failed' || metadata.deletionTimestamp ? 'failed' : undefined
}
