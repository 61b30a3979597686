import type { Kernel } from '../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../kernel/controller.ts'
import { isConditionTrue } from '../../kube/conditions.ts'
import { Node } from '../../kube/generated/core-v1.ts'
import { isSimulatedNode } from '../../kube/simulated.ts'
import { isNotFound } from '../../kube/status.ts'
import { simulatedNodeStatus, unallocated } from './node-object.ts'

/** Makes nodes that are marked as simulated ready, also those that somebody else has made. */
export function nodeController(kernel: Kernel): Controller {
  const nodes = kernel.informers.for(Node)
  const { client, clock, config } = kernel
  const allocatable = {
    cpu: String(config.get('simulator.cpu')),
    memory: String(config.get('simulator.memory')),
    'ephemeral-storage': String(config.get('simulator.storage')),
    pods: String(config.get('simulator.pods')),
  }
  return {
    name: 'simulated-nodes',
    concurrency: 64,
    watches: [objectsOf(Node)],
    async reconcile(key) {
      const node = nodes.get(key)
      if (!node || !isSimulatedNode(node)) return
      const isReady = isConditionTrue(node.status?.conditions, 'Ready')
      const extended = unallocated(node)
      if (isReady && Object.keys(extended).length === 0) return
      const status = isReady ? { allocatable: extended } : simulatedNodeStatus(node, allocatable, clock.now())
      try {
        await client.patch(Node, { name: key }, { status }, { subresource: 'status' })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  }
}
