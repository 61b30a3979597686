import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'

/** The index of EndpointSlices by the uid of the pods in them. */
export const BY_POD = 'pod-uid'

/** How long a pod that ends waits to be taken out of rotation. */
const LEAVE_MS = 2000
/** How long after that requests may still be on their way to it: proxies learn of it at the same time as the node. */
const SETTLE_MS = 100

/**
 * Where a pod that ends stands: `listed` in an EndpointSlice as if it served on, `leaving` when it is marked as
 * terminating but could still serve, or `out` of traffic.
 */
export type Standing = 'listed' | 'leaving' | 'out'

/** The uids of the pods in a slice. */
export const podsIn = ({ endpoints = [] }: EndpointSlice): string[] =>
  endpoints.flatMap(({ targetRef }) => (targetRef?.kind === 'Pod' && targetRef.uid ? [targetRef.uid] : []))

/** `namespace/name` of the pods in a slice that are on their way out. */
export const leavingIn = ({ metadata, endpoints = [] }: EndpointSlice): string[] =>
  endpoints.flatMap(({ conditions, targetRef }) =>
    conditions?.terminating && targetRef?.kind === 'Pod'
      ? [`${targetRef.namespace ?? metadata.namespace}/${targetRef.name}`]
      : [],
  )

export function standingOf(uid: string, slices: readonly EndpointSlice[]): Standing {
  let standing: Standing = 'out'
  for (const { endpoints = [] } of slices)
    for (const { conditions, targetRef } of endpoints) {
      if (targetRef?.uid !== uid) continue
      if (!conditions?.terminating && conditions?.ready !== false) return 'listed'
      if (conditions?.terminating && conditions.serving) standing = 'leaving'
    }
  return standing
}

/** Since when a pod has been ending, and out of rotation; filled in as it is seen. */
export interface Departure {
  endingSince?: number
  leavingSince?: number
}

/**
 * When, on the clock's elapsed time, the containers of a pod that ends may be told so. A kubelet does not wait: there, requests that are sent
 * in the meantime fail unless the pod has a preStop hook that sleeps.
 */
export function mayStopAt(pod: Pod, departure: Departure, standing: Standing, now: number): number {
  departure.endingSince ??= now
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000
  const latest = departure.endingSince + Math.min(LEAVE_MS, graceMs)
  if (standing === 'listed') return latest
  if (standing === 'leaving') departure.leavingSince ??= now
  return Math.min(latest, (departure.leavingSince ?? now - SETTLE_MS) + SETTLE_MS)
}
