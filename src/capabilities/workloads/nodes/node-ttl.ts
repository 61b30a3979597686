import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { Node } from '../../../kube/generated/core-v1.ts'
import { ignoreNotFound } from '../claim-objects.ts'

const TTL = 'node.alpha.kubernetes.io/ttl'

/** From how many nodes down and up to how many up a step of the time to live holds; they overlap, so that it does not flutter. */
const STEPS = [
  { from: 0, to: 100, seconds: 0 },
  { from: 90, to: 500, seconds: 15 },
  { from: 450, to: 1000, seconds: 30 },
  { from: 900, to: 2000, seconds: 60 },
  { from: 1800, to: Number.POSITIVE_INFINITY, seconds: 300 },
] as const

/** The step for so many nodes, beginning with the one that held before. */
export function ttlStep(nodes: number, before: number): number {
  let step = before
  while (nodes > (STEPS[step]?.to ?? Number.POSITIVE_INFINITY)) step++
  while (step > 0 && nodes < (STEPS[step]?.from ?? 0)) step--
  return step
}

/** Tells nodes in an annotation how long they may keep Secrets and ConfigMaps: longer where there are many nodes. */
export function nodeTtlController({ client, informers }: Kernel): Controller {
  const nodes = informers.for(Node)
  let step = 0
  return {
    name: 'node-ttl',
    watches: [objectsOf(Node)],
    async reconcile(key) {
      const node = nodes.get(key)
      if (!node) return
      // Other nodes follow with their next heartbeat.
      step = ttlStep(nodes.list().length, step)
      const seconds = String(STEPS[step]?.seconds ?? 0)
      if (node.metadata.annotations?.[TTL] === seconds) return
      const patch = { metadata: { annotations: { [TTL]: seconds } } }
      await client.patch(Node, { name: key }, patch).catch(ignoreNotFound)
    },
  }
}
