import type { Pod } from '../../../kube/generated/core-v1.ts'
import { findCondition } from '../../../kube/conditions.ts'
import { milliValue } from '../../../kube/quantity.ts'

/** One sample: thousandths, when it ended, and over how long it was taken. */
export interface PodValue {
  value: number
  at: number
  windowMs: number
}
export type PodValues = Map<string, PodValue>

/** CPU samples of pods that just started say little. */
const CPU_INITIALIZATION_MS = 300_000
const INITIAL_READINESS_MS = 30_000

export interface PodGroups {
  ready: number
  /** Names of pods that have no sample, or one that does not count. */
  unready: Set<string>
  missing: Set<string>
  ignored: Set<string>
}

/** Sorts pods by what their samples are worth. Mirrors upstream's groupPods. */
export function groupPods(
  pods: readonly Pod[],
  values: PodValues,
  { resource, now }: { resource: string | undefined; now: number },
): PodGroups {
  const groups: PodGroups = { ready: 0, unready: new Set(), missing: new Set(), ignored: new Set() }
  for (const pod of pods) {
    const { name } = pod.metadata
    const sample = values.get(name)
    if (pod.metadata.deletionTimestamp || pod.status?.phase === 'Failed') groups.ignored.add(name)
    else if (pod.status?.phase === 'Pending') groups.unready.add(name)
    else if (!sample) groups.missing.add(name)
    else if (resource === 'cpu' && isStarting(pod, sample, now)) groups.unready.add(name)
    else groups.ready++
  }
  return groups
}

function isStarting({ status }: Pod, { at, windowMs }: PodValue, now: number): boolean {
  const ready = findCondition(status?.conditions, 'Ready')
  if (!ready || !status?.startTime) return true
  const started = Date.parse(status.startTime)
  const since = Date.parse(ready.lastTransitionTime ?? status.startTime)
  if (started + CPU_INITIALIZATION_MS > now) return ready.status === 'False' || at < since + windowMs
  return ready.status === 'False' && started + INITIAL_READINESS_MS > since
}

/** Requests of a resource by pod, in thousandths. Throws when a container that counts has none, as upstream. */
export function requestsOf(
  pods: readonly Pod[],
  resource: string,
  container: string | undefined,
): Map<string, number> {
  return new Map(pods.map(pod => [pod.metadata.name, requestOf(pod, resource, container)]))
}

function requestOf({ metadata, spec }: Pod, resource: string, container: string | undefined): number {
  const ofPod = spec.resources?.requests
  if (container === undefined && ofPod) {
    const request = ofPod[resource]
    if (request === undefined)
      throw new Error(`missing pod-level request for ${resource} in Pod ${metadata.name}`)
    return milliValue(request)
  }
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const all = [...spec.containers, ...sidecars]
  const counted = all.filter(({ name }) => container === undefined || name === container)
  if (container !== undefined && counted.length === 0)
    throw new Error(`container ${container} not found in Pod ${metadata.name}`)
  return counted.reduce((sum, { name, resources }) => {
    const request = resources?.requests?.[resource]
    if (request === undefined)
      throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`)
    return sum + milliValue(request)
  }, 0)
}
