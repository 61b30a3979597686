import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../../kube/generated/policy-v1.ts'
import type { LabelSelector } from '../../../kube/generated/meta-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { goSelector, matchesLabelSelector } from '../../../kube/selectors.ts'
import { isSame } from '../canonical.ts'
import { controllerOf } from '../claim.ts'
import { budgetStatus } from './budget-status.ts'
import { expectedScale } from './expected-scale.ts'

/** Keeps the status of PodDisruptionBudgets, by which the API decides on evictions. */
export function disruptionController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const budgets = informers.for(PodDisruptionBudget)
  const pods = informers.for(Pod)
  const selects = ({ spec }: PodDisruptionBudget, { metadata }: Pod) =>
    matchesLabelSelector(spec?.selector, metadata.labels ?? {})

  const tell = (
    about: PodDisruptionBudget | Pod,
    said: { type: 'Normal' | 'Warning'; reason: string; message: string },
  ) => events.record(about, { ...said, component: 'controllermanager' })
  /** States of pods that were told of: once for each change of a pod. */
  const told = new WeakSet<Pod>()

  function tellOf(budget: PodDisruptionBudget, selected: readonly Pod[]): void {
    if (selected.length === 0)
      tell(budget, { type: 'Normal', reason: 'NoPods', message: 'No matching pods found' })
    const { maxUnavailable, minAvailable, selector } = budget.spec
    const needsScale = maxUnavailable !== undefined || typeof minAvailable === 'string'
    if (needsScale && selected.some(pod => !controllerOf(pod)))
      tell(budget, { type: 'Warning', reason: 'UnmanagedPods', message: unmanaged(selector) })
    for (const pod of selected) {
      if (told.has(pod)) continue
      told.add(pod)
      const { namespace, name } = pod.metadata
      const [first, second] = budgets.list(namespace).filter(other => selects(other, pod))
      if (!first || !second) continue
      const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${first.metadata.name}" arbitrarily.`
      tell(pod, { type: 'Warning', reason: 'MultiplePodDisruptionBudgets', message })
    }
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
      tellOf(budget, selected)
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

const unmanaged = (selector: LabelSelector | undefined): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${goSelector(selector)}) were found to be unmanaged. ` +
  'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
  'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
