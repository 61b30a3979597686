import { randomInt } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import type { EtcdClient } from './etcd-client.ts'

/** Events are kept for an hour, as kube-apiserver's --event-ttl has it. */
const TTL_SECONDS = 3600
/** One lease serves the events of a minute, or a thousand of them, as upstream's lease manager does. */
const REUSE_SECONDS = 60
const REUSE_COUNT = 1000
/** Ids that JavaScript numbers hold. */
const MAX_ID = 2 ** 48 - 1

/** Leases of etcd that let events expire. */
export class EventLeases {
  readonly #client: EtcdClient
  readonly #clock: Clock
  #current: { id: Promise<number>; since: number; used: number } | undefined

  constructor(client: EtcdClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** The id of a lease that lasts for at least the time an event is kept. */
  async next(): Promise<number> {
    const now = this.#clock.elapsed()
    const known = this.#current
    const isFresh = known && now - known.since <= REUSE_SECONDS * 1000 && known.used < REUSE_COUNT
    const current = isFresh ? known : { id: this.#grant(), since: now, used: 0 }
    this.#current = current
    current.used++
    try {
      return await current.id
    } catch (error) {
      if (this.#current === current) this.#current = undefined
      throw error
    }
  }

  async #grant(): Promise<number> {
    const id = randomInt(1, MAX_ID)
    await this.#client.grantLease(id, TTL_SECONDS + REUSE_SECONDS)
    return id
  }
}
