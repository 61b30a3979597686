import type { Kernel } from '../../../kernel/capability.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Scale as LooseScale } from '../../../kube/generated/autoscaling-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../kube/generated/meta-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { controllerOf } from '../claim.ts'
import type { Selected } from './budget-status.ts'

type Scale = LooseScale & KubeObject

/**
 * The replicas that the controllers of the pods ask for together. A Deployment counts once, not its ReplicaSets; every
 * kind with a scale subresource is known, custom ones included; pods without a controller do not count.
 */
export async function expectedScale(kernel: Kernel, pods: readonly Pod[]): Promise<Selected['scale']> {
  const owners = new Map<string, { owner: OwnerReference; pod: Pod }>()
  for (const pod of pods) {
    const owner = scaledOwner(kernel, pod)
    if (owner) owners.set(owner.uid, { owner, pod })
  }
  let total = 0
  for (const { owner, pod } of owners.values()) {
    const replicas = await replicasOf(kernel, owner, pod.metadata.namespace)
    if (typeof replicas === 'string')
      return { problem: `${replicas}: set minAvailable to a number for the pod ${pod.metadata.name}` }
    total += replicas
  }
  return total
}

/** The controller of the pod, or of its ReplicaSet where that has one. */
function scaledOwner({ informers }: Kernel, pod: Pod): OwnerReference | undefined {
  const owner = controllerOf(pod)
  const replicaSet =
    owner?.kind === 'ReplicaSet'
      ? informers.for(ReplicaSet).get(`${pod.metadata.namespace}/${owner.name}`)
      : undefined
  return (replicaSet && controllerOf(replicaSet)) ?? owner
}

/** Zero for an owner that is gone, as upstream; text says why it cannot be told. */
async function replicasOf(
  { client }: Kernel,
  { apiVersion, kind: name, name: owner, uid }: OwnerReference,
  namespace: string | undefined,
): Promise<number | string> {
  const kind = await client.resolve(apiVersion, name)
  if (!kind) return `no matches for kind "${name}" in version "${apiVersion}"`
  const ref = { name: owner, namespace }
  const current = await client.find(kind, ref)
  if (current?.metadata.uid !== uid) return 0
  try {
    // The scale subresource of any kind is a Scale.
    const scale = await client.get(kind as Kind<Scale>, ref, { subresource: 'scale' })
    return scale.spec?.replicas ?? 0
  } catch (error) {
    if (!isNotFound(error)) throw error
    return `${kind.plural} does not implement the scale subresource`
  }
}
