import { userInfo } from 'node:os'
import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import type { Isolation } from '../runtime/container-runtime.ts'
import { canMount } from '../volumes/memory-volume.ts'

/** Fields of a pod's specification that ask for isolation which plain processes do not have. */
export function notEnforced({ spec }: Pod, hasCgroups = false): string[] {
  const fields: string[] = []
  if (spec.securityContext && Object.keys(spec.securityContext).length > 0)
    fields.push('spec.securityContext')
  for (const [index, { emptyDir }] of (spec.volumes ?? []).entries())
    if (emptyDir?.medium === 'Memory' && !canMount()) fields.push(`spec.volumes[${index}].emptyDir.medium`)
  const look = (path: string, containers: readonly Container[]) => {
    for (const [index, container] of containers.entries()) {
      const at = `${path}[${index}]`
      if (container.securityContext && Object.keys(container.securityContext).length > 0)
        fields.push(`${at}.securityContext`)
      if (!hasCgroups && Object.keys(container.resources?.limits ?? {}).length > 0)
        fields.push(`${at}.resources.limits`)
      for (const [position, mount] of (container.volumeMounts ?? []).entries())
        if (mount.readOnly) fields.push(`${at}.volumeMounts[${position}].readOnly`)
    }
  }
  look('spec.initContainers', spec.initContainers ?? [])
  look('spec.containers', spec.containers)
  return fields
}

/** What isolation the containers of a pod of plain processes really have. */
export function processIsolation(pod: Pod, hasCgroups: boolean): Isolation {
  const fields = notEnforced(pod, hasCgroups)
  const what = `Containers are plain processes of user ${userName()} on this host, with a process group, a directory and a loopback address of their own; file system, network${hasCgroups ? '' : ' and resources'} are shared`
  const message = fields.length === 0 ? what : `${what}. Not enforced: ${fields.join(', ')}`
  return { isIsolated: false, reason: 'ProcessRuntime', message }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // No entry for the user, as in some containers.
    return String(process.getuid?.() ?? 'unknown')
  }
}
