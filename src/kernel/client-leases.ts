import { Lease } from '../kube/generated/coordination-v1.ts'
import { isAlreadyExists, isConflict } from '../kube/status.ts'
import { toMicroTime } from '../lib/clock.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Leases } from './leases.ts'
import type { Logger } from './log.ts'

/** client-go's: leaders renew three times within it, others look a little more often. */
const DURATION_SECONDS = 15

/** Leader election as client-go does it: who writes the Lease last leads until its duration has passed unrenewed. */
export class ClientLeases implements Leases {
  readonly #client: Client
  readonly #clock: Clock
  readonly #log: Logger
  readonly #identity: string
  readonly #namespace: string
  readonly #durationSeconds: number
  readonly #seen = new Map<string, { version: string; at: number }>()

  constructor(parts: {
    client: Client
    clock: Clock
    log: Logger
    identity: string
    namespace: string
    durationSeconds?: number
  }) {
    this.#client = parts.client
    this.#clock = parts.clock
    this.#log = parts.log
    this.#identity = parts.identity
    this.#namespace = parts.namespace
    this.#durationSeconds = parts.durationSeconds ?? DURATION_SECONDS
  }

  async whileLeading(
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      if (!(await this.#claim(name))) {
        await this.#clock.sleep(this.#durationSeconds * (2000 / 15), signal).catch(() => {})
        continue
      }
      const term = new AbortController()
      const both = AbortSignal.any([signal, term.signal])
      const renewing = this.#renew(name, term, both)
      try {
        await work(both)
        return
      } catch (error) {
        if (!term.signal.aborted) throw error
      } finally {
        term.abort()
        await renewing
        if (signal.aborted) await this.#release(name)
      }
    }
  }

  async #renew(name: string, term: AbortController, signal: AbortSignal): Promise<void> {
    const renewMs = this.#durationSeconds * (1000 / 3)
    let renewedAt = this.#clock.elapsed()
    while (!signal.aborted) {
      await this.#clock.sleep(renewMs, signal).catch(() => {})
      if (signal.aborted) return
      if (await this.#claim(name)) renewedAt = this.#clock.elapsed()
      else if (this.#clock.elapsed() - renewedAt > this.#durationSeconds * 1000 - renewMs) {
        this.#log.warn({ lease: name }, 'lease lost')
        term.abort()
        return
      }
    }
  }

  /** Takes or renews the lease; false when another holds it or the API does not answer. */
  async #claim(name: string): Promise<boolean> {
    const ref = { name, namespace: this.#namespace }
    const now = this.#clock.now()
    const mine = {
      holderIdentity: this.#identity,
      leaseDurationSeconds: this.#durationSeconds,
      renewTime: toMicroTime(now),
    }
    try {
      const lease = await this.#client.find(Lease, ref)
      if (!lease) {
        await this.#client.create(Lease, {
          metadata: ref,
          spec: { ...mine, acquireTime: toMicroTime(now), leaseTransitions: 0 },
        })
        return true
      }
      const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime } = lease.spec
      const held = holderIdentity === this.#identity
      const lastsMs = (leaseDurationSeconds ?? this.#durationSeconds) * 1000
      if (!held && holderIdentity && this.#unchangedMs(name, lease) < lastsMs) return false
      const spec = held
        ? { ...mine, acquireTime, leaseTransitions }
        : { ...mine, acquireTime: toMicroTime(now), leaseTransitions: (leaseTransitions ?? 0) + 1 }
      await this.#client.update(Lease, { ...lease, spec })
      return true
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error))
        this.#log.warn({ lease: name, err: error }, 'lease not reached')
      return false
    }
  }

  /** For how long a lease has been as it is, by this process's clock: the holder's clock may be another's. */
  #unchangedMs(name: string, { metadata }: Lease): number {
    const now = this.#clock.elapsed()
    const seen = this.#seen.get(name)
    if (seen?.version === metadata.resourceVersion) return now - seen.at
    this.#seen.set(name, { version: metadata.resourceVersion, at: now })
    return 0
  }

  async #release(name: string): Promise<void> {
    const ref = { name, namespace: this.#namespace }
    const lease = await this.#client.find(Lease, ref).catch(() => undefined)
    if (lease?.spec.holderIdentity !== this.#identity) return
    await this.#client
      .update(Lease, { ...lease, spec: { ...lease.spec, holderIdentity: '' } })
      .catch(() => {})
  }
}
