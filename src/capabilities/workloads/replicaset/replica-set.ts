import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { BY_OWNER } from '../../../kernel/informer.ts'
import { ReplicaSet, type ReplicaSetStatus } from '../../../kube/generated/apps-v1.ts'
import { Pod, ReplicationController } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import { keyOf, type KubeObject } from '../../../kube/object.ts'
import { isSame } from '../canonical.ts'
import { claimObjects, ignoreNotFound, indexOrphans } from '../claim-objects.ts'
import { controllerOf } from '../claim.ts'
import { Expectations } from '../expectations.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { createPods, deletePods } from '../pod-writes.ts'
import { isActive } from '../pod-state.ts'
import { crowdingOf } from './deletion-rank.ts'
import { planReplicas } from './replica-set-plan.ts'
import { type Failure, nextAvailability, replicaSetStatus } from './replica-set-status.ts'

/** What keeps a number of pods: a ReplicaSet, or a ReplicationController that is looked at as one, as upstream does. */
interface Flavour<T extends KubeObject> {
  name: string
  kind: Kind<T>
  component: string
  asReplicaSet(object: T): ReplicaSet
  /** What of a ReplicaSet's status the kind has. */
  statusOf(status: ReplicaSetStatus): ReplicaSetStatus
}

/** Keeps as many pods of a ReplicaSet as it asks for. */
export const replicaSetController = (kernel: Kernel): Controller =>
  replicaController(kernel, {
    name: 'replicaset',
    kind: ReplicaSet,
    component: 'replicaset-controller',
    asReplicaSet: replicaSet => replicaSet,
    statusOf: status => status,
  })

/** The same for ReplicationControllers, whose selector is a plain map. */
export const replicationController = (kernel: Kernel): Controller =>
  replicaController(kernel, {
    name: 'replicationcontroller',
    kind: ReplicationController,
    component: 'replication-controller',
    asReplicaSet: controller => ({
      ...controller,
      spec: { ...controller.spec, selector: { matchLabels: controller.spec.selector } },
    }),
    // core/v1 never got this field.
    statusOf: ({ terminatingReplicas: _absent, ...status }) => status,
  })

function replicaController<T extends KubeObject>(kernel: Kernel, flavour: Flavour<T>): Controller {
  const { kind, component, asReplicaSet } = flavour
  const owners = kernel.informers.for(kind)
  const pods = kernel.informers.for(Pod)
  const expectations = new Expectations(kernel.clock, pods)
  indexOrphans(pods)

  /** An orphan pod wakes every owner of its namespace that selects it. */
  const orphans = mappedFrom(Pod, pod =>
    controllerOf(pod)
      ? []
      : owners
          .list(pod.metadata.namespace)
          .filter(owner => isSelected(asReplicaSet(owner), pod))
          .map(keyOf),
  )

  /** Pods of all owners with the same controller: a Deployment's pods crowd a node together. */
  function relatedPods(owner: KubeObject): readonly Pod[] {
    const controller = controllerOf(owner)
    const siblings = controller ? owners.by(BY_OWNER, controller.uid) : [owner]
    return siblings.flatMap(sibling => pods.by(BY_OWNER, sibling.metadata.uid)).filter(isActive)
  }

  async function scale(replicaSet: ReplicaSet, mine: readonly Pod[]): Promise<Failure | undefined> {
    const key = keyOf(replicaSet)
    const plan = planReplicas(mine.filter(isActive), replicaSet.spec.replicas ?? 1, {
      crowding: () => crowdingOf(relatedPods(replicaSet)),
      now: kernel.clock.now(),
    })
    const writer = { kernel, expectations, component, key, owner: replicaSet }
    switch (plan.kind) {
      case 'keep':
        return undefined
      case 'create': {
        const template = replicaSet.spec.template ?? {}
        const message = await createPods(writer, { kind, template, count: plan.count })
        return message === undefined ? undefined : { reason: 'FailedCreate', message }
      }
      case 'delete': {
        const message = await deletePods(writer, plan.pods)
        return message === undefined ? undefined : { reason: 'FailedDelete', message }
      }
    }
  }

  return {
    name: flavour.name,
    watches: [objectsOf(kind), ownedBy(kind, Pod), orphans],
    async reconcile(key) {
      const owner = owners.get(key)
      if (!owner) return
      const replicaSet = asReplicaSet(owner)
      const isCurrent = expectations.isSatisfied(key)
      const mine = await claimObjects({
        client: kernel.client,
        informer: pods,
        ownerKind: kind,
        owner,
        isSelected: pod => isSelected(replicaSet, pod),
        mayAdopt: isActive,
      })
      const mayScale = isCurrent && !replicaSet.metadata.deletionTimestamp
      const failure = mayScale ? await scale(replicaSet, mine) : undefined
      const now = kernel.clock.now()
      const status = flavour.statusOf(replicaSetStatus(replicaSet, mine, { failure, now }))
      // While the view is stale nothing was tried, so that an earlier failure still stands.
      if (!mayScale && replicaSet.status?.conditions) status.conditions = replicaSet.status.conditions
      if (!isSame(status, replicaSet.status))
        await kernel.client
          .patch(kind, replicaSet.metadata, { status }, { subresource: 'status' })
          .catch(ignoreNotFound)
      if (failure) throw new Error(failure.message)
      const wait = nextAvailability(mine, replicaSet.spec.minReadySeconds ?? 0, now)
      return wait === undefined ? undefined : { after: wait }
    },
  }
}

const isSelected = ({ spec }: ReplicaSet, pod: Pod): boolean =>
  matchesLabelSelector(spec.selector, pod.metadata.labels)
