import type { Container, Pod, Probe } from '../../../kube/generated/core-v1.ts'
import { unsupportedVolumes } from '../volumes/volume-content.ts'

/** The fields of a pod that this node refuses, each with the reason. A pod that has one is not started. */
export function unsupportedFields(pod: Pod): string[] {
  const { spec } = pod
  return [
    ...unsupportedVolumes(spec.volumes ?? []),
    ...of('spec.initContainers', spec.initContainers ?? []),
    ...of('spec.containers', spec.containers),
  ]
}

function of(path: string, containers: readonly Container[]): string[] {
  return containers.flatMap((container, index) => {
    const at = `${path}[${index}]`
    return [
      ...probe(`${at}.livenessProbe`, container.livenessProbe),
      ...probe(`${at}.readinessProbe`, container.readinessProbe),
      ...probe(`${at}.startupProbe`, container.startupProbe),
      ...(container.volumeDevices?.length ? [`${at}.volumeDevices: not supported by this node`] : []),
      ...(container.stdin || container.tty
        ? [`${at}.${container.tty ? 'tty' : 'stdin'}: not supported by this node: containers have no input`]
        : []),
      ...(container.restartPolicyRules?.length
        ? [`${at}.restartPolicyRules: not supported by this node`]
        : []),
    ]
  })
}

const probe = (path: string, value: Probe | undefined): string[] =>
  value?.grpc ? [`${path}.grpc: not supported by this node, which probes by httpGet, tcpSocket and exec`] : []
