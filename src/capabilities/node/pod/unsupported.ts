import type { Container, Lifecycle, Pod, PodSpec, Probe } from '../../../kube/generated/core-v1.ts'
import { isSignal } from '../container/stop-signal.ts'
import { unsupportedVolumes } from '../volumes/volume-content.ts'

/** The fields of a pod that this node refuses, each with the reason. A pod that has one is not started. */
export function unsupportedFields(pod: Pod): string[] {
  const { spec } = pod
  return [
    ...(spec.os?.name === 'windows' ? ['spec.os: windows is not supported by this node'] : []),
    ...(spec.resourceClaims?.length
      ? ['spec.resourceClaims: not supported by this node, which has no devices to give']
      : []),
    ...unsupportedVolumes(spec.volumes ?? []),
    ...of('spec.initContainers', spec.initContainers ?? []),
    ...of('spec.containers', spec.containers),
    ...restartPolicies(spec),
  ]
}

/** Only a sidecar restarts otherwise than its pod; what would come to the same is no reason to refuse. */
function restartPolicies({ restartPolicy = 'Always', initContainers = [], containers }: PodSpec): string[] {
  const otherwise = (path: string, list: readonly Container[], isSame: (own: string) => boolean) =>
    list.flatMap(({ restartPolicy: own }, index) =>
      own === undefined || isSame(own)
        ? []
        : [
            `${path}[${index}].restartPolicy: ${own} is not supported by this node in a pod that has ${restartPolicy}`,
          ],
    )
  const isNever = (policy: string) => policy === 'Never'
  return [
    // An init container runs to its end once, so that Always and OnFailure of its pod are the same to it.
    ...otherwise(
      'spec.initContainers',
      initContainers,
      own => own === 'Always' || isNever(own) === isNever(restartPolicy),
    ),
    ...otherwise('spec.containers', containers, own => own === restartPolicy),
  ]
}

function of(path: string, containers: readonly Container[]): string[] {
  return containers.flatMap((container, index) => {
    const at = `${path}[${index}]`
    return [
      ...probe(`${at}.livenessProbe`, container.livenessProbe),
      ...probe(`${at}.readinessProbe`, container.readinessProbe),
      ...probe(`${at}.startupProbe`, container.startupProbe),
      ...hooks(`${at}.lifecycle`, container.lifecycle ?? {}),
      ...(container.volumeDevices?.length ? [`${at}.volumeDevices: not supported by this node`] : []),
      ...(container.restartPolicyRules?.length
        ? [`${at}.restartPolicyRules: not supported by this node`]
        : []),
    ]
  })
}

function hooks(path: string, { postStart, preStop, stopSignal }: Lifecycle): string[] {
  const byTcp = Object.entries({ postStart, preStop }).flatMap(([name, handler]) =>
    handler?.tcpSocket
      ? [
          `${path}.${name}.tcpSocket: not supported by this node, nor by Kubernetes: use exec, httpGet or sleep`,
        ]
      : [],
  )
  const isKnown = stopSignal === undefined || isSignal(stopSignal)
  return isKnown ? byTcp : [...byTcp, `${path}.stopSignal: this host has no signal ${stopSignal}`]
}

const probe = (path: string, value: Probe | undefined): string[] =>
  value?.grpc ? [`${path}.grpc: not supported by this node, which probes by httpGet, tcpSocket and exec`] : []
