import type { Pod } from '../../../kube/generated/core-v1.ts'
import { isSidecar } from '../pod/container-view.ts'
import type { Forward } from '../proxy/forwards.ts'

/**
 * What to listen on for a pod's host ports, at the address of this host where they name none: all that are TCP, but
 * those on which the pod's own programs listen already (`held`), which they can where its network is the host's.
 */
export function hostPorts(
  { spec }: Pod,
  { podIP, hostIP, held }: { podIP: string; hostIP: string; held: ReadonlySet<number> },
): Forward[] {
  if (spec.hostNetwork) return []
  const containers = [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers]
  return containers
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort, hostIP: wanted, containerPort, protocol = 'TCP' }) => {
      const host = wanted || hostIP
      const isOwn = held.has(hostPort ?? 0) || (host === podIP && hostPort === containerPort)
      if (!hostPort || protocol !== 'TCP' || isOwn) return []
      return [{ host, port: hostPort, backends: [{ address: podIP, port: containerPort }] }]
    })
}
