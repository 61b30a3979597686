import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { ControllerRevision, StatefulSet } from '../../../kube/generated/apps-v1.ts'
import { PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { isSame } from '../canonical.ts'
import { claimObjects, ignoreNotFound, indexOrphans } from '../claim-objects.ts'
import { controllerOf } from '../claim.ts'
import { Expectations } from '../expectations.ts'
import { beyondLimit, REVISION_HASH, templateOf } from '../history/controller-revision.ts'
import { RevisionHistory } from '../history/revision-history.ts'
import { nextAvailability } from '../replicaset/replica-set-status.ts'
import { isMemberName } from './identity.ts'
import { StatefulPods } from './stateful-pods.ts'
import { planStatefulSet, type StatefulStep } from './stateful-set-plan.ts'
import { statefulSetStatus } from './stateful-set-status.ts'

/** Keeps the numbered pods of a StatefulSet, their claims and their revisions. */
export function statefulSetController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const sets = informers.for(StatefulSet)
  const pods = informers.for(Pod)
  const history = new RevisionHistory(kernel, StatefulSet)
  const expectations = new Expectations(clock, pods)
  indexOrphans(pods)

  const isSelected = (set: StatefulSet, pod: Pod) =>
    matchesLabelSelector(set.spec.selector, pod.metadata.labels) && isMemberName(set, pod.metadata.name)

  /** A pod without controller may be a member whose set was deleted with `--cascade=orphan`. */
  const orphans = mappedFrom(Pod, pod =>
    controllerOf(pod)
      ? []
      : sets
          .list(pod.metadata.namespace)
          .filter(set => isSelected(set, pod))
          .map(keyOf),
  )

  async function update(set: StatefulSet, mine: readonly Pod[], mayAct: boolean): Promise<void> {
    const { update, revisions, collisionCount } = await history.current(set)
    const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
    const names = { currentRevision: current.metadata.name, updateRevision: update.metadata.name }
    const now = clock.now()
    const steps = mayAct
      ? planStatefulSet(set, { pods: mine, updateRevision: names.updateRevision, now })
      : []
    const writer = new StatefulPods(kernel, set, expectations)
    const act = async (step: StatefulStep): Promise<void> => {
      switch (step.kind) {
        case 'create': {
          const revision = step.revision === 'current' ? current : update
          const template = templateOf(revision) ?? set.spec.template
          return writer.create(step.ordinal, template, revision.metadata.name)
        }
        case 'delete':
          return writer.delete(step.pod)
        case 'repair':
          return writer.repair(step.pod)
        case 'ensure-claims':
          return writer.ensureClaims(step.pod)
        case 'retain-claims':
          return writer.retainClaims(step.pod)
      }
    }
    const results = await Promise.allSettled(steps.map(act))
    const deletedForUpdate = steps.filter(step => step.kind === 'delete' && step.isUpdate).length
    const status = statefulSetStatus(set, mine, {
      revisions: { ...names, collisionCount },
      deletedForUpdate,
      now,
    })
    if (!isSame(status, set.status))
      await client
        .patch(StatefulSet, set.metadata, { status }, { subresource: 'status' })
        .catch(ignoreNotFound)
    const live = new Set([
      ...Object.values(names),
      ...mine.map(({ metadata }) => metadata.labels?.[REVISION_HASH]),
    ])
    const isLive = ({ metadata }: ControllerRevision) => live.has(metadata.name)
    await history.remove(beyondLimit(revisions, isLive, set.spec.revisionHistoryLimit ?? 10))
    const failed = results.find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  return {
    name: 'statefulset',
    watches: [
      objectsOf(StatefulSet),
      ownedBy(StatefulSet, Pod),
      orphans,
      // Only so that their informers are synced: no set is woken.
      { kind: ControllerRevision, keys: () => [] },
      { kind: PersistentVolumeClaim, keys: () => [] },
    ],
    async reconcile(key) {
      const set = sets.get(key)
      if (!set) return
      const mayAct = expectations.isSatisfied(key) && !set.metadata.deletionTimestamp
      const mine = await claimObjects({
        client,
        informer: pods,
        ownerKind: StatefulSet,
        owner: set,
        isSelected: pod => isSelected(set, pod),
      })
      await update(set, mine, mayAct)
      const wait = nextAvailability(mine, set.spec.minReadySeconds ?? 0, clock.now())
      return wait === undefined ? undefined : { after: wait }
    },
  }
}
