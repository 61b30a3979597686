import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { findCondition } from '../../../kube/conditions.ts'
import { Lease } from '../../../kube/generated/coordination-v1.ts'
import { Node, Pod } from '../../../kube/generated/core-v1.ts'
import { isPodReady } from '../../../kube/pod.ts'
import { toTime } from '../../../lib/clock.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { indexByNode, ON_NODE } from './on-node.ts'
import { canEvict, graceMs, silentConditions, wantedTaints } from './node-health.ts'

const COMPONENT = 'node-controller'
/** As --node-monitor-period. */
const PERIOD_MS = 5000

/** Says of nodes that have been silent that nobody knows how they are, and taints nodes by their conditions. */
export function nodeLifecycleController(kernel: Kernel): Controller {
  const { client, clock, events, informers } = kernel
  const nodes = informers.for(Node)
  const leases = informers.for(Lease)
  const pods = informers.for(Pod)
  indexByNode(pods)
  /**
   * The last sign of life of each node, and when it was seen: the clocks of node and controller may differ, and
   * this one may jump, which is why it is not asked.
   */
  const signs = new Map<string, { sign: string; seenAt: number }>()

  /** Milliseconds since the node last gave a sign of life. */
  function silence(node: Node): number {
    const { name } = node.metadata
    const ready = findCondition(node.status?.conditions, 'Ready')
    const lease = leases.get(`kube-node-lease/${name}`)
    // Only what the node itself writes: the time of a change may be this controller's.
    const sign = `${ready?.lastHeartbeatTime ?? ''} ${lease?.spec?.renewTime ?? ''}`
    const known = signs.get(name)
    if (known?.sign === sign) return clock.elapsed() - known.seenAt
    if (!known) tell(node, 'RegisteredNode', `Registered Node ${name} in Controller`)
    signs.set(name, { sign, seenAt: clock.elapsed() })
    return 0
  }

  /** Of a node that was deleted; it is told of by what it was. */
  nodes.onChange(({ type, object }) => {
    if (type === 'deleted')
      tell(object, 'RemovingNode', `Removing Node ${object.metadata.name} from Controller`)
  })

  function tell(node: Node, reason: string, event: string): void {
    const message = `Node ${node.metadata.name} event: ${event}`
    events.record(node, { type: 'Normal', reason, message, component: COMPONENT })
  }

  /** Traffic must not go to pods that nobody knows about. */
  async function markPodsNotReady({ metadata }: Node): Promise<void> {
    for (const pod of pods.by(ON_NODE, metadata.name).filter(isPodReady)) {
      const conditions = (pod.status?.conditions ?? []).map(condition =>
        condition.type === 'Ready'
          ? { ...condition, status: 'False', lastTransitionTime: toTime(clock.now()) }
          : condition,
      )
      const message = 'Node is not ready'
      events.record(pod, { type: 'Warning', reason: 'NodeNotReady', message, component: COMPONENT })
      await client
        .patch(
          Pod,
          pod.metadata,
          { metadata: { resourceVersion: pod.metadata.resourceVersion }, status: { conditions } },
          { subresource: 'status' },
        )
        .catch(ignoreNotFound)
    }
  }

  return {
    name: 'node-lifecycle',
    watches: [
      objectsOf(Node),
      // Only so that their informers are synced: a heartbeat wakes nobody.
      { kind: Lease, keys: () => [] },
      { kind: Pod, keys: () => [] },
    ],
    async reconcile(key) {
      const node = nodes.get(key)
      if (!node) {
        signs.delete(key)
        return
      }
      const isSilent = silence(node) > graceMs(node)
      const conditions = isSilent ? silentConditions(node, clock.now()) : undefined
      if (conditions) {
        const status = { ...node.status, conditions }
        await client.update(Node, { ...node, status }, { subresource: 'status' })
        const message = `Node ${key} status is now: NodeNotReady`
        events.record(node, { type: 'Normal', reason: 'NodeNotReady', message, component: COMPONENT })
        return { after: 0 }
      }
      if (isSilent) await markPodsNotReady(node)
      const taints = wantedTaints(node, { now: clock.now(), evicts: canEvict(nodes.list()) })
      if (taints) await client.update(Node, { ...node, spec: { ...node.spec, taints } })
      return { after: PERIOD_MS }
    },
  }
}
