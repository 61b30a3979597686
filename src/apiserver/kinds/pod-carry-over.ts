import type { Pod } from '../../kube/generated/core-v1.ts'

const filledIn = ['serviceAccountName', 'serviceAccount', 'nodeName', 'priority', 'preemptionPolicy'] as const
const TOKEN_VOLUME = 'kube-api-access-'

/**
 * What the control plane filled into a pod stays when a replacement leaves it out, so that `kubectl replace` of a
 * pod's own manifest works: identity, priority, place, and the volume of the mounted token.
 */
export function carryOver(next: Pod, previous: Pod): void {
  const { spec } = next
  const before = previous.spec
  if (!spec || !before) return
  for (const key of filledIn)
    if (!spec[key] && before[key] !== undefined) Object.assign(spec, { [key]: before[key] })
  for (const toleration of before.tolerations ?? [])
    if (
      toleration.key?.startsWith('node.kubernetes.io/') &&
      !spec.tolerations?.some(({ key, effect }) => key === toleration.key && effect === toleration.effect)
    )
      spec.tolerations = [...(spec.tolerations ?? []), toleration]
  const tokens = (before.volumes ?? []).filter(({ name }) => name.startsWith(TOKEN_VOLUME))
  if (tokens.length === 0 || spec.volumes?.some(({ name }) => name.startsWith(TOKEN_VOLUME))) return
  spec.volumes = [...(spec.volumes ?? []), ...tokens]
  for (const list of ['containers', 'initContainers'] as const)
    for (const container of spec[list] ?? []) {
      const mounts = before[list]
        ?.find(({ name }) => name === container.name)
        ?.volumeMounts?.filter(({ name }) => name.startsWith(TOKEN_VOLUME))
      if (mounts?.length) container.volumeMounts = [...(container.volumeMounts ?? []), ...mounts]
    }
}
