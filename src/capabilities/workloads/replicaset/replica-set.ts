import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf, ownedBy, type Watch } from '../../../kernel/controller.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf, type KubeObject } from '../../../kube/object.ts'
import { isNotFound } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { adoption, claim, controllerOf, release } from '../claim.ts'
import { Expectations } from '../expectations.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { createPods, deletePods } from '../pod-writes.ts'
import { isActive } from '../pod-state.ts'
import { crowdingOf } from './deletion-rank.ts'
import { planReplicas } from './replica-set-plan.ts'
import { type Failure, nextAvailability, replicaSetStatus } from './replica-set-status.ts'

const COMPONENT = 'replicaset-controller'

/** Keeps as many pods of a ReplicaSet as it asks for. */
export function replicaSetController(kernel: Kernel): Controller {
  const replicaSets = kernel.informers.for(ReplicaSet)
  const pods = kernel.informers.for(Pod)
  const expectations = new Expectations(kernel.clock, pods)

  /** An orphan pod wakes every ReplicaSet of its namespace that selects it. */
  const orphans: Watch = {
    kind: Pod,
    keys: (pod: KubeObject) =>
      controllerOf(pod)
        ? []
        : replicaSets
            .list(pod.metadata.namespace)
            .filter(({ spec }) => matchesLabelSelector(spec.selector, pod.metadata.labels))
            .map(keyOf),
  }

  /** The pods that are this ReplicaSet's, after adopting and releasing. */
  async function claimed(replicaSet: ReplicaSet): Promise<Pod[]> {
    const mine: Pod[] = []
    for (const pod of pods.list(replicaSet.metadata.namespace)) {
      const isSelected = matchesLabelSelector(replicaSet.spec.selector, pod.metadata.labels)
      const decision = claim(replicaSet, pod, isSelected)
      if (decision === 'mine') mine.push(pod)
      else if (decision === 'adopt' && isActive(pod))
        mine.push(await kernel.client.patch(Pod, pod.metadata, adoption(ReplicaSet, replicaSet, pod)))
      else if (decision === 'release')
        await kernel.client.patch(Pod, pod.metadata, release(replicaSet, pod)).catch(ignoreNotFound)
    }
    return mine
  }

  /** Pods of all ReplicaSets with the same controller: a Deployment's pods crowd a node together. */
  function relatedPods(replicaSet: ReplicaSet): readonly Pod[] {
    const controller = controllerOf(replicaSet)
    const siblings = controller ? replicaSets.by(BY_OWNER, controller.uid) : [replicaSet]
    return siblings.flatMap(sibling => pods.by(BY_OWNER, sibling.metadata.uid)).filter(isActive)
  }

  async function scale(replicaSet: ReplicaSet, mine: readonly Pod[]): Promise<Failure | undefined> {
    const key = keyOf(replicaSet)
    const plan = planReplicas(mine.filter(isActive), replicaSet.spec.replicas ?? 1, {
      crowding: crowdingOf(relatedPods(replicaSet)),
      now: kernel.clock.now(),
    })
    const writer = { kernel, expectations, component: COMPONENT, key, owner: replicaSet }
    switch (plan.kind) {
      case 'keep':
        return undefined
      case 'create': {
        const template = replicaSet.spec.template ?? {}
        const message = await createPods(writer, { kind: ReplicaSet, template, count: plan.count })
        return message === undefined ? undefined : { reason: 'FailedCreate', message }
      }
      case 'delete': {
        const message = await deletePods(writer, plan.pods)
        return message === undefined ? undefined : { reason: 'FailedDelete', message }
      }
    }
  }

  return {
    name: 'replicaset',
    watches: [objectsOf(ReplicaSet), ownedBy(ReplicaSet, Pod), orphans],
    async reconcile(key) {
      const replicaSet = replicaSets.get(key)
      if (!replicaSet) return
      const isCurrent = expectations.isSatisfied(key)
      const mine = await claimed(replicaSet)
      const mayScale = isCurrent && !replicaSet.metadata.deletionTimestamp
      const failure = mayScale ? await scale(replicaSet, mine) : undefined
      const now = kernel.clock.now()
      const status = replicaSetStatus(replicaSet, mine, { failure, now })
      // While the view is stale nothing was tried, so that an earlier failure still stands.
      if (!mayScale && replicaSet.status?.conditions) status.conditions = replicaSet.status.conditions
      if (!isSame(status, replicaSet.status))
        await kernel.client
          .patch(ReplicaSet, replicaSet.metadata, { status }, { subresource: 'status' })
          .catch(ignoreNotFound)
      if (failure) throw new Error(failure.message)
      const wait = nextAvailability(mine, replicaSet.spec.minReadySeconds ?? 0, now)
      return wait === undefined ? undefined : { after: wait }
    },
  }
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
