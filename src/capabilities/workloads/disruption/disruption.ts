import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../../kube/generated/policy-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { isSame } from '../canonical.ts'
import { budgetStatus } from './budget-status.ts'
import { expectedScale } from './expected-scale.ts'

/** Keeps the status of PodDisruptionBudgets, by which the API decides on evictions. */
export function disruptionController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const budgets = informers.for(PodDisruptionBudget)
  const pods = informers.for(Pod)
  const selects = ({ spec }: PodDisruptionBudget, { metadata }: Pod) =>
    matchesLabelSelector(spec?.selector, metadata.labels ?? {})

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
        { pods: selected, scale: await expectedScale(kernel, selected) },
        clock.now(),
      )
      // A replacement of what was seen: an eviction in between conflicts, and is looked at again.
      if (!isSame(status, budget.status))
        await client.update(PodDisruptionBudget, { ...budget, status }, { subresource: 'status' })
      return recheckMs === undefined ? undefined : { after: recheckMs }
    },
  }
}
