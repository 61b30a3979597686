import type { Kernel } from '../../../kernel/capability.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { isRestarted } from '../restart.ts'

/** The key of the Rollout that is replacing its pods and to which a pod belongs; none otherwise, so that pods do not wake it. */
export const restartingOwner =
  (kernel: Kernel) =>
  ({ metadata }: Pod): string[] => {
    const { namespace } = metadata
    const controllerOf = (object: { metadata: Pod['metadata'] } | undefined, kind: string) =>
      object?.metadata.ownerReferences?.find(owner => owner.controller && owner.kind === kind)
    const set = controllerOf({ metadata }, ReplicaSet.kind)
    const owner =
      set && controllerOf(kernel.informers.for(ReplicaSet).get(`${namespace}/${set.name}`), Rollout.kind)
    const key = `${namespace}/${owner?.name}`
    const rollout = owner && kernel.informers.for(Rollout).get(key)
    return rollout && !isRestarted(rollout, rollout.status) ? [key] : []
  }
