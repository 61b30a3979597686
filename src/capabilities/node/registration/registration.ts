import type { Kernel, RunningService, Service } from '../../../kernel/capability.ts'
import { Lease } from '../../../kube/generated/coordination-v1.ts'
import { Node } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { toMicroTime } from '../../../lib/clock.ts'
import type { NodeAgent } from '../node-agent.ts'
import { systemInfo } from './host-facts.ts'
import { type NodeFacts, nodeMetadata, nodeStatus } from './node-object.ts'

const LEASE_NAMESPACE = 'kube-node-lease'
/** The kubelet's defaults. */
const LEASE_SECONDS = 40
const RENEW_MS = 10_000
const REPORT_EVERY = 30

/** Registers this machine as a Node and keeps its lease; its end stops what runs on the node. */
export const nodeService = (kernel: Kernel, agent: NodeAgent): Service => ({
  name: 'node',
  async start(signal): Promise<RunningService> {
    await agent.prepare(signal)
    const { name, hostIP, allocatable, addresses } = agent.parts
    const facts: NodeFacts = {
      name,
      hostIP,
      allocatable,
      info: systemInfo(),
      addresses,
    }
    const node = await register(kernel, facts)
    await renew(kernel, node)
    const beating = heartbeat(kernel, facts, node, signal)
    return {
      async [Symbol.asyncDispose]() {
        await agent.shutdown()
        await beating
      },
    }
  },
})

async function register({ client, clock }: Kernel, facts: NodeFacts): Promise<Node> {
  const { name } = facts
  const metadata = nodeMetadata(facts)
  try {
    await client.create(Node, { metadata: { name, ...metadata }, spec: {} })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    await client.patch(Node, { name }, { metadata })
  }
  const node = await client.get(Node, { name })
  const status = nodeStatus(facts, node.status, clock.now())
  return client.patch(Node, { name }, { status }, { subresource: 'status' })
}

async function heartbeat(kernel: Kernel, facts: NodeFacts, node: Node, signal: AbortSignal): Promise<void> {
  const { client, clock, log } = kernel
  for (let beat = 1; !signal.aborted; beat++) {
    await clock.sleep(RENEW_MS, signal).catch(() => {})
    if (signal.aborted) return
    try {
      await renew(kernel, node)
      if (beat % REPORT_EVERY === 0) {
        const { status: previous } = await client.get(Node, { name: facts.name })
        const status = nodeStatus(facts, previous, clock.now())
        await client.patch(Node, { name: facts.name }, { status }, { subresource: 'status' })
      }
    } catch (error) {
      log.warn({ err: error }, 'the heartbeat of the node was not written')
    }
  }
}

async function renew({ client, clock }: Kernel, node: Node): Promise<void> {
  const { name, uid } = node.metadata
  const ref = { name, namespace: LEASE_NAMESPACE }
  const spec = {
    holderIdentity: name,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: toMicroTime(clock.now()),
  }
  if (await client.find(Lease, ref)) await client.patch(Lease, ref, { spec })
  else
    await client.create(Lease, {
      metadata: { ...ref, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
      spec,
    })
}
