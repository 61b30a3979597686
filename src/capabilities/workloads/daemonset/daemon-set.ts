import type { Kernel } from '../../../kernel/capability.ts'
import {
  type Controller,
  mappedFrom,
  objectsOf,
  ownedBy,
  type ReconcileResult,
} from '../../../kernel/controller.ts'
import { ControllerRevision, DaemonSet } from '../../../kube/generated/apps-v1.ts'
import { Node, Pod } from '../../../kube/generated/core-v1.ts'
import { equalJson } from '../../../kube/copy.ts'
import { TEMPLATE_GENERATION } from '../../../kube/defaults/workloads.ts'
import { keyOf } from '../../../kube/object.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'
import { isSame } from '../canonical.ts'
import { claimObjects, ignoreNotFound, indexOrphans } from '../claim-objects.ts'
import { controllerOf } from '../claim.ts'
import { Expectations } from '../expectations.ts'
import { REVISION_HASH } from '../history/controller-revision.ts'
import { type CurrentRevision, RevisionHistory } from '../history/revision-history.ts'
import { createPods, deletePods } from '../pod-writes.ts'
import { nextAvailability } from '../replicaset/replica-set-status.ts'
import { type DaemonPlan, planNodes, planUpdate } from './daemon-plan.ts'
import { daemonSetStatus } from './daemon-set-status.ts'
import { viewNodes } from './daemon-view.ts'
import { FailedPods } from './failed-pods.ts'
import { pinnedTo } from './placement.ts'

const COMPONENT = 'daemonset-controller'
/** Writes of one round at most, as upstream's BurstReplicas. */
const BURST = 250

/** Keeps one pod of a DaemonSet on every node that should have one. */
export function daemonSetController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const sets = informers.for(DaemonSet)
  const nodes = informers.for(Node)
  const pods = informers.for(Pod)
  const history = new RevisionHistory(kernel, DaemonSet)
  const expectations = new Expectations(clock, pods)
  const failedPods = new FailedPods(clock)
  indexOrphans(pods)

  const isSelected = (set: DaemonSet, pod: Pod) =>
    matchesLabelSelector(set.spec.selector, pod.metadata.labels)
  const orphans = mappedFrom(Pod, pod =>
    controllerOf(pod)
      ? []
      : sets
          .list(pod.metadata.namespace)
          .filter(set => isSelected(set, pod))
          .map(keyOf),
  )

  /** Creates and deletes what the plan says; a refusal is thrown after all else was tried. */
  async function act(set: DaemonSet, hash: string, plan: Pick<DaemonPlan, 'create' | 'remove'>) {
    const writer = { kernel, expectations, component: COMPONENT, key: keyOf(set), owner: set }
    const targets = plan.create.slice(0, BURST)
    const created = await createPods(writer, {
      kind: DaemonSet,
      template: set.spec.template,
      count: targets.length,
      amend(draft) {
        draft.metadata.labels = { ...draft.metadata.labels, ...generationLabel(set), [REVISION_HASH]: hash }
        draft.spec = pinnedTo(draft.spec, targets.shift() ?? '')
      },
    })
    const deleted = await deletePods(writer, plan.remove.slice(0, BURST))
    const failure = created ?? deleted
    if (failure !== undefined) throw new Error(failure)
  }

  async function manage(set: DaemonSet, mine: readonly Pod[], hash: string): Promise<number | undefined> {
    const now = clock.now()
    const view = viewNodes(set, nodes.list(), mine)
    const backoffKey = (node: string) => `${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${node}`
    const plan = planNodes(set, view, { hash, now, backoffMs: node => failedPods.waitMs(backoffKey(node)) })
    for (const { pod, node, phase } of plan.ended) {
      const isFailed = phase === 'Failed'
      if (isFailed) failedPods.replaced(backoffKey(node))
      events.record(set, {
        type: isFailed ? 'Warning' : 'Normal',
        reason: isFailed ? 'FailedDaemonPod' : 'SucceededDaemonPod',
        message: `Found ${phase.toLowerCase()} daemon pod ${keyOf(pod)} on node ${node}, will try to ${isFailed ? 'kill' : 'delete'} it`,
        component: COMPONENT,
      })
    }
    await act(set, hash, plan)
    if (set.spec.updateStrategy?.type !== 'OnDelete' && expectations.isSatisfied(keyOf(set)))
      await act(set, hash, planUpdate(set, view, { hash, now }))
    return plan.recheckMs
  }

  /** Old revisions beyond the limit go, oldest first, unless a pod still has them. */
  async function cleanUp(set: DaemonSet, mine: readonly Pod[], { update, revisions }: CurrentRevision) {
    const inUse = new Set(mine.map(({ metadata }) => metadata.labels?.[REVISION_HASH]))
    const old = revisions.filter(revision => revision !== update)
    const surplus = Math.max(0, old.length - (set.spec.revisionHistoryLimit ?? 10))
    const idle = old.filter(({ metadata }) => !inUse.has(metadata.labels?.[REVISION_HASH]))
    await history.remove(idle.slice(0, surplus))
  }

  async function sync(set: DaemonSet): Promise<ReconcileResult> {
    const key = keyOf(set)
    const mayAct = expectations.isSatisfied(key)
    const mine = await claimObjects({
      client,
      informer: pods,
      ownerKind: DaemonSet,
      owner: set,
      isSelected: pod => isSelected(set, pod),
    })
    const current = await history.current(set)
    const hash = current.update.metadata.labels?.[REVISION_HASH] ?? ''
    let recheckMs: number | undefined
    let failure: unknown
    if (mayAct)
      try {
        recheckMs = await manage(set, mine, hash)
        await cleanUp(set, mine, current)
      } catch (error) {
        failure = error
      }
    const now = clock.now()
    const { collisionCount } = current
    const status = daemonSetStatus(set, viewNodes(set, nodes.list(), mine), { hash, collisionCount, now })
    // Only what was acted upon is observed.
    if (!mayAct) status.observedGeneration = set.status?.observedGeneration
    if (!isSame(status, set.status))
      await client.patch(DaemonSet, set.metadata, { status }, { subresource: 'status' }).catch(ignoreNotFound)
    if (failure !== undefined) throw failure
    const waits = [recheckMs, nextAvailability(mine, set.spec.minReadySeconds ?? 0, now)]
    const due = waits.filter(wait => wait !== undefined)
    return due.length > 0 ? { after: Math.min(...due) } : undefined
  }

  return {
    name: 'daemonset',
    watches: [
      objectsOf(DaemonSet),
      ownedBy(DaemonSet, Pod),
      orphans,
      // Only so that their informers are synced.
      { kind: ControllerRevision, keys: () => [] },
      { kind: Node, keys: () => [] },
    ],
    // A heartbeat changes nothing about where pods go, so that only other changes of a node wake all sets.
    wakes: wake =>
      nodes.onChange(({ type, object, previous }) => {
        const isPlaced =
          type === 'modified' &&
          previous !== undefined &&
          equalJson(previous.metadata.labels, object.metadata.labels) &&
          equalJson(previous.spec, object.spec)
        if (!isPlaced) for (const set of sets.list()) wake(keyOf(set))
      }),
    async reconcile(key) {
      const set = sets.get(key)
      if (!set || set.metadata.deletionTimestamp) return
      const { matchLabels = {}, matchExpressions = [] } = set.spec.selector
      if (Object.keys(matchLabels).length + matchExpressions.length > 0) return sync(set)
      events.record(set, {
        type: 'Warning',
        reason: 'SelectingAll',
        message: 'This daemon set is selecting all pods. A non-empty selector is required.',
        component: COMPONENT,
      })
      return undefined
    },
  }
}

/** Which state of the template a pod is of, for clients from before there were revisions. */
function generationLabel({ metadata }: DaemonSet): Record<string, string> {
  const generation = metadata.annotations?.[TEMPLATE_GENERATION]
  return generation === undefined ? {} : { 'pod-template-generation': generation }
}
