import type { Kernel } from '../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../kernel/controller.ts'
import { Node, Pod } from '../../kube/generated/core-v1.ts'
import { keyOf } from '../../kube/object.ts'
import { isSimulatedNode, SIMULATED_CLASS } from '../../kube/simulated.ts'
import { isConflict, isNotFound } from '../../kube/status.ts'
import { SimulatedAddresses } from './addresses.ts'
import { addressOf } from './node-object.ts'
import { podStage } from './pod-stages.ts'

const ON_NODE = 'simulatedOn'
/** Writes of many pods go to the disk together. */
const CONCURRENCY = 256

/** Leads the pods of simulated nodes, and those of the runtime class `fake`, through their lives. */
export function podController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const pods = informers.for(Pod)
  const nodes = informers.for(Node)
  const addresses = new SimulatedAddresses()
  pods.addIndex(ON_NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))

  /** The node that acts the pod out; undefined where it runs, or has no node. */
  function stageOf({ spec }: Pod): Node | undefined {
    const node = spec.nodeName ? nodes.get(spec.nodeName) : undefined
    return node && (isSimulatedNode(node) || spec.runtimeClassName === SIMULATED_CLASS) ? node : undefined
  }

  return {
    name: 'simulated-pods',
    concurrency: CONCURRENCY,
    watches: [objectsOf(Pod), mappedFrom(Node, ({ metadata }) => pods.by(ON_NODE, metadata.name).map(keyOf))],
    wakes: () =>
      pods.onChange(({ type, object }) => {
        if (type === 'deleted') addresses.release(object.metadata.uid)
      }),
    async reconcile(key) {
      const pod = pods.get(key)
      const node = pod && stageOf(pod)
      if (!node) return
      const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
      if (isOver) addresses.release(pod.metadata.uid)
      const hostIP = isSimulatedNode(node) ? addressOf(node) : (internalIpOf(node) ?? addressOf(node))
      const podIP = pod.spec.hostNetwork ? hostIP : isOver ? '' : addresses.of(pod, node.spec.podCIDR)
      const { status, remove, wakeAt } = podStage(pod, { podIP, hostIP }, clock.now())
      const { name, namespace, uid, resourceVersion } = pod.metadata
      try {
        if (status)
          await client.patch(
            Pod,
            { name, namespace },
            { metadata: { resourceVersion }, status },
            { subresource: 'status', vetted: true },
          )
        if (remove)
          await client.delete(Pod, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } })
      } catch (error) {
        // Changed or deleted meanwhile: it comes again as it is now.
        if (!isNotFound(error) && !isConflict(error)) throw error
        return
      }
      return wakeAt === undefined ? undefined : { after: Math.max(0, wakeAt - clock.now()) }
    },
  }
}

const internalIpOf = ({ status }: Node): string | undefined =>
  status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
