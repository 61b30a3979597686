import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import type { Informer } from '../../../kernel/informer.ts'
import { Node, Pod, type PodCondition } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isConflict, isNotFound } from '../../../kube/status.ts'
import { toTime } from '../../../lib/clock.ts'
import { schedule } from './schedule.ts'

const COMPONENT = 'default-scheduler'
const BY_NODE = 'nodeName'

/** Binds pods that name no node to one, or says in their status why none will have them. */
export function scheduler(kernel: Kernel): Controller {
  const pods = kernel.informers.for(Pod)
  const nodes = kernel.informers.for(Node)
  pods.addIndex(BY_NODE, pod => (isActive(pod) ? [pod.spec.nodeName ?? ''] : []))
  const waiting = () => pods.by(BY_NODE, '').map(keyOf)
  const bound = new Bound(pods)
  return {
    name: 'scheduler',
    watches: [objectsOf(Pod), mappedFrom(Node, waiting)],
    // Who goes or ends makes room for others.
    wakes: wake =>
      pods.onChange(({ type, object }) => {
        if (object.spec.nodeName && (type === 'deleted' || !isActive(object)))
          for (const key of waiting()) wake(key)
      }),
    async reconcile(key) {
      const pod = pods.get(key)
      if (!pod || !awaitsBinding(pod)) return
      const placement = schedule(pod, nodes.list(), node => bound.countOn(node))
      try {
        if (placement.kind === 'fits')
          await bound.assume(pod, placement.node, () => bind(kernel, pod, placement.node))
        else await refuse(kernel, pod, placement.message)
      } catch (error) {
        // Changed or deleted meanwhile: it comes again as it is now.
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
    },
  }
}

/** Which pods count for a node: also those that were just bound, which the informer does not show yet. */
class Bound {
  readonly #pods: Informer<Pod>
  readonly #assumed = new Map<Pod, string>()

  constructor(pods: Informer<Pod>) {
    this.#pods = pods
  }

  countOn(node: string): number {
    let count = this.#pods.by(BY_NODE, node).length
    for (const [pod, on] of this.#assumed) {
      const current = this.#pods.get(keyOf(pod))
      if (current?.metadata.uid !== pod.metadata.uid || current.spec.nodeName) this.#assumed.delete(pod)
      else if (on === node) count++
    }
    return count
  }

  async assume(pod: Pod, node: string, bind: () => Promise<void>): Promise<void> {
    this.#assumed.set(pod, node)
    try {
      await bind()
    } catch (error) {
      this.#assumed.delete(pod)
      throw error
    }
  }
}

const isActive = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

const awaitsBinding = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  !pod.metadata.deletionTimestamp &&
  isActive(pod) &&
  (pod.spec.schedulerName ?? COMPONENT) === COMPONENT &&
  !pod.spec.schedulingGates?.length

async function bind({ client, events }: Kernel, pod: Pod, nodeName: string): Promise<void> {
  const { name, namespace, resourceVersion } = pod.metadata
  await client.patch(Pod, { name, namespace }, { metadata: { resourceVersion }, spec: { nodeName } })
  events.record(pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    component: COMPONENT,
  })
}

async function refuse({ client, clock, events }: Kernel, pod: Pod, message: string): Promise<void> {
  const conditions = pod.status?.conditions ?? []
  const before = conditions.find(condition => condition.type === 'PodScheduled')
  if (before?.status === 'False' && before.message === message) return
  const condition: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : toTime(clock.now()),
  }
  const others = conditions.filter(candidate => candidate.type !== 'PodScheduled')
  const { name, namespace, resourceVersion } = pod.metadata
  await client.patch(
    Pod,
    { name, namespace },
    { metadata: { resourceVersion }, status: { conditions: [...others, condition] } },
    { subresource: 'status' },
  )
  events.record(pod, { type: 'Warning', reason: 'FailedScheduling', message, component: COMPONENT })
}
