import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../../kube/generated/policy-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { isSame } from '../canonical.ts'
import { controllerOf } from '../claim.ts'
import { budgetStatus, type Selected } from './budget-status.ts'

/** Keeps the status of PodDisruptionBudgets, by which the API decides on evictions. */
export function disruptionController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const budgets = informers.for(PodDisruptionBudget)
  const pods = informers.for(Pod)
  const replicaSets = informers.for(ReplicaSet)
  const deployments = informers.for(Deployment)
  const selects = ({ spec }: PodDisruptionBudget, { metadata }: Pod) =>
    matchesLabelSelector(spec?.selector, metadata.labels ?? {})

  /** A Deployment counts once, not its ReplicaSets; pods without a controller do not count. */
  function scaleOf(selected: readonly Pod[]): Selected['scale'] {
    const replicas = new Map<string, number>()
    for (const pod of selected) {
      const { namespace } = pod.metadata
      const owner = controllerOf(pod)
      if (!owner) continue
      const replicaSet = owner.kind === 'ReplicaSet' && replicaSets.get(`${namespace}/${owner.name}`)
      if (!replicaSet)
        return {
          problem: `the replicas of ${owner.kind} ${owner.name}, which controls the pod ${pod.metadata.name}, are not known: set minAvailable to a number`,
        }
      const above = controllerOf(replicaSet)
      const deployment =
        above?.kind === 'Deployment' ? deployments.get(`${namespace}/${above.name}`) : undefined
      const counted = deployment ?? replicaSet
      replicas.set(counted.metadata.uid, counted.spec.replicas ?? 1)
    }
    return [...replicas.values()].reduce((sum, count) => sum + count, 0)
  }

  return {
    name: 'disruption',
    watches: [
      objectsOf(PodDisruptionBudget),
      mappedFrom(Pod, pod =>
        budgets
          .list(pod.metadata.namespace)
          .filter(budget => selects(budget, pod))
          .map(keyOf),
      ),
    ],
    async reconcile(key) {
      const budget = budgets.get(key)
      if (!budget || budget.metadata.deletionTimestamp) return
      const selected = pods.list(budget.metadata.namespace).filter(pod => selects(budget, pod))
      const { status, recheckMs } = budgetStatus(
        budget,
        { pods: selected, scale: scaleOf(selected) },
        clock.now(),
      )
      // A replacement of what was seen: an eviction in between conflicts, and is looked at again.
      if (!isSame(status, budget.status))
        await client.update(PodDisruptionBudget, { ...budget, status }, { subresource: 'status' })
      return recheckMs === undefined ? undefined : { after: recheckMs }
    },
  }
}
