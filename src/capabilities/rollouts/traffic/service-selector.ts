import type { Service } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { HASH_LABEL, MANAGED_BY } from '../names.ts'

export const selectedHash = (service: Service | undefined): string | undefined =>
  service?.spec.selector?.[HASH_LABEL]

/** The merge patch that makes a Service select one ReplicaSet's pods, or undefined when it does already. */
export function selectorPatch(service: Service, hash: string, rollout: string): object | undefined {
  const isManaged = service.metadata.annotations?.[MANAGED_BY] === rollout
  if (isManaged && selectedHash(service) === hash) return undefined
  return {
    metadata: { annotations: { [MANAGED_BY]: rollout } },
    spec: { selector: { [HASH_LABEL]: hash } },
  }
}

/**
 * Whether a Service's endpoints are only pods of one ReplicaSet, at least `enough` of them ready. `hashOf` tells the
 * hash of the pod behind an endpoint, undefined where the pod is not known.
 */
export function endpointsMatch(
  slices: readonly EndpointSlice[],
  { hash, enough, hashOf }: { hash: string; enough: number; hashOf(pod: string): string | undefined },
): boolean {
  const ready = slices
    .flatMap(slice => slice.endpoints ?? [])
    .filter(endpoint => endpoint.conditions?.ready !== false)
  const pods = new Set(ready.map(endpoint => endpoint.targetRef?.name ?? ''))
  return pods.size >= Math.max(1, enough) && [...pods].every(pod => hashOf(pod) === hash)
}
