import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { adoption, claim, controllerOf, release } from '../claim.ts'
import { rollOut } from './roll-out.ts'

/** Keeps the ReplicaSets of a Deployment at what its strategy asks for. */
export function deploymentController(kernel: Kernel): Controller {
  const { client, informers } = kernel
  const deployments = informers.for(Deployment)
  const replicaSets = informers.for(ReplicaSet)
  const pods = informers.for(Pod)

  async function claimed(deployment: Deployment): Promise<ReplicaSet[]> {
    const mine: ReplicaSet[] = []
    for (const candidate of replicaSets.list(deployment.metadata.namespace)) {
      const isSelected = matchesLabelSelector(deployment.spec.selector, candidate.metadata.labels)
      const decision = claim(deployment, candidate, isSelected)
      if (decision === 'mine') mine.push(candidate)
      else if (decision === 'adopt')
        mine.push(
          await client.patch(ReplicaSet, candidate.metadata, adoption(Deployment, deployment, candidate)),
        )
      else if (decision === 'release')
        await client
          .patch(ReplicaSet, candidate.metadata, release(deployment, candidate))
          .catch(ignoreNotFound)
    }
    return mine
  }

  /** Recreate waits for old pods to end, so that their going wakes the Deployment. */
  const recreating = mappedFrom(Pod, pod => {
    const owner = controllerOf(pod)
    const replicaSet = owner && replicaSets.get(`${pod.metadata.namespace}/${owner.name}`)
    const name = replicaSet && controllerOf(replicaSet)?.name
    const deployment = name === undefined ? undefined : deployments.get(`${pod.metadata.namespace}/${name}`)
    return deployment?.spec.strategy?.type === 'Recreate' ? [keyOf(deployment)] : []
  })

  const orphans = mappedFrom(ReplicaSet, replicaSet =>
    controllerOf(replicaSet)
      ? []
      : deployments
          .list(replicaSet.metadata.namespace)
          .filter(({ spec }) => matchesLabelSelector(spec.selector, replicaSet.metadata.labels))
          .map(keyOf),
  )

  return {
    name: 'deployment',
    watches: [objectsOf(Deployment), ownedBy(Deployment, ReplicaSet), orphans, recreating],
    async reconcile(key) {
      const deployment = deployments.get(key)
      if (!deployment) return
      const podsOf = (replicaSet: ReplicaSet) => pods.by(BY_OWNER, replicaSet.metadata.uid)
      return rollOut(kernel, { deployment, replicaSets: await claimed(deployment), podsOf })
    },
  }
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
