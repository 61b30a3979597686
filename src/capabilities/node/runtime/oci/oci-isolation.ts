import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import type { Isolation } from '../container-runtime.ts'
import { beyondBubblewrap } from './bubblewrap-args.ts'
import type { EngineKind } from './engine.ts'

interface Abilities {
  engine: EngineKind
  hasCgroups: boolean
  hasNetwork: boolean
}

/** What of a pod's wishes the OCI runtime on this machine does not fulfil, in one sentence. */
export function ociIsolation(pod: Pod, { engine, hasCgroups, hasNetwork }: Abilities): Isolation {
  const { spec } = pod
  const missing: string[] = []
  if (!hasNetwork && !spec.hostNetwork) missing.push('the pod network (it shares that of the host)')
  if (spec.shareProcessNamespace && (!hasNetwork || engine === 'bwrap'))
    missing.push('spec.shareProcessNamespace')
  if (spec.hostUsers === false) missing.push('spec.hostUsers')
  const look = (path: string, containers: readonly Container[]) => {
    for (const [index, container] of containers.entries()) {
      const at = `${path}[${index}]`
      const { limits } = container.resources ?? {}
      if (!hasCgroups && (limits?.['cpu'] !== undefined || limits?.['memory'] !== undefined))
        missing.push(`${at}.resources.limits`)
      for (const [position, { hostPort, protocol = 'TCP' }] of (container.ports ?? []).entries())
        if (hostPort && protocol !== 'TCP' && hasNetwork && !spec.hostNetwork)
          missing.push(`${at}.ports[${position}].hostPort`)
      const { seLinuxOptions, appArmorProfile, windowsOptions } = container.securityContext ?? {}
      if (seLinuxOptions) missing.push(`${at}.securityContext.seLinuxOptions`)
      if (appArmorProfile && appArmorProfile.type !== 'Unconfined')
        missing.push(`${at}.securityContext.appArmorProfile`)
      if (windowsOptions) missing.push(`${at}.securityContext.windowsOptions`)
      if (engine === 'bwrap') missing.push(...beyondBubblewrap({ pod, container }, at))
    }
  }
  look('spec.initContainers', spec.initContainers ?? [])
  look('spec.containers', spec.containers)
  const what = `Containers are run by ${engine}${hasNetwork ? '' : ' without root'}, with a file system and namespaces of their own`
  return {
    isIsolated: missing.length === 0,
    reason: missing.length === 0 ? 'OciRuntime' : 'NotEnforced',
    message: missing.length === 0 ? what : `${what}. Not enforced: ${[...new Set(missing)].join(', ')}`,
  }
}
