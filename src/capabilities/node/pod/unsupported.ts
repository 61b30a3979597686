import type { Container, Lifecycle, Pod } from '../../../kube/generated/core-v1.ts'
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
  ]
}

function of(path: string, containers: readonly Container[]): string[] {
  return containers.flatMap((container, index) => {
    const at = `${path}[${index}]`
    return [
      ...stopSignals(`${at}.lifecycle`, container.lifecycle ?? {}),
      ...(container.volumeDevices?.length ? [`${at}.volumeDevices: not supported by this node`] : []),
      ...(container.restartPolicyRules?.some(({ action }) => action !== 'Restart')
        ? [`${at}.restartPolicyRules: this node knows the action Restart only`]
        : []),
    ]
  })
}

function stopSignals(path: string, { stopSignal }: Lifecycle): string[] {
  return stopSignal === undefined || isSignal(stopSignal)
    ? []
    : [`${path}.stopSignal: this host has no signal ${stopSignal}`]
}
