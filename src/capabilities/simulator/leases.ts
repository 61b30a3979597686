import type { Kernel } from '../../kernel/capability.ts'
import { Lease } from '../../kube/generated/coordination-v1.ts'
import { Node } from '../../kube/generated/core-v1.ts'
import { isSimulatedNode } from '../../kube/simulated.ts'
import { isNotFound } from '../../kube/status.ts'
import { toMicroTime } from '../../lib/clock.ts'

const NAMESPACE = 'kube-node-lease'
/** The kubelet's. Renewed at half of it. */
const LEASE_SECONDS = 40
const RENEW_MS = (LEASE_SECONDS * 1000) / 2
/** So many are renewed at once: one synced write of the store, and no long wait for everybody else. */
const AT_ONCE = 250

/** The leases of all simulated nodes. */
export class Leases {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Renews until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#kernel
    while (!signal.aborted)
      await this.#renewAll(signal).catch(async error => {
        log.warn({ err: error }, 'leases of simulated nodes not renewed')
        await clock.sleep(RENEW_MS, signal).catch(() => {})
      })
  }

  /** Renews all of them, spread over the time until they are due again. */
  async #renewAll(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#kernel
    const nodes = (await client.list(Node)).items.filter(isSimulatedNode)
    const rounds = Math.max(1, Math.ceil(nodes.length / AT_ONCE))
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      await Promise.all(nodes.slice(round * AT_ONCE, (round + 1) * AT_ONCE).map(node => this.#renew(node)))
      await clock.sleep(RENEW_MS / rounds, signal).catch(() => {})
    }
  }

  async #renew({ metadata: { name, uid } }: Node): Promise<void> {
    const { client, clock } = this.#kernel
    const ref = { name, namespace: NAMESPACE }
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: toMicroTime(clock.now()),
    }
    try {
      await client.patch(Lease, ref, { spec }, { vetted: true })
    } catch (error) {
      if (!isNotFound(error)) throw error
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }]
      await client.create(Lease, { metadata: { ...ref, ownerReferences }, spec })
    }
  }
}
