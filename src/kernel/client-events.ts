import { createHash } from 'node:crypto'
import { Event } from '../kube/generated/core-v1.ts'
import type { KubeObject } from '../kube/object.ts'
import { fnv1a32 } from '../kube/pod.ts'
import { toTime } from '../lib/clock.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import { EventCorrelator } from './event-correlator.ts'
import type { EventRecorder } from './events.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Writes waiting at most; more are dropped and counted. */
const MAX_PENDING = 5000
/** Written side by side: events of one object are in one lane, and so in order. */
const LANES = 256
/** Upstream's message limit, `events.k8s.io` note. */
const MAX_MESSAGE = 1024
/** Events kept after their last occurrence, as kube-apiserver's --event-ttl. */
const TTL_MS = 3_600_000

type Entry = Parameters<EventRecorder['record']>[1]

/**
 * Records events through a Client, in the background, those of one object in order. Repeats raise the count of the
 * first, and of very many alike only some are recorded.
 */
export class ClientEvents implements EventRecorder {
  readonly #client: Client
  readonly #clock: Clock
  readonly #log: Logger
  readonly #dropped
  readonly #correlator: EventCorrelator
  #pending = 0
  readonly #lanes: Promise<void>[] = Array.from({ length: LANES }, () => Promise.resolve())

  constructor(parts: { client: Client; clock: Clock; log: Logger; metrics: Metrics }) {
    this.#client = parts.client
    this.#clock = parts.clock
    this.#log = parts.log
    this.#correlator = new EventCorrelator(parts.clock)
    this.#dropped = parts.metrics.counter({
      name: 'drave_events_dropped_total',
      help: 'Events not recorded because too many were waiting.',
    })
  }

  record(regarding: KubeObject, entry: Entry): void {
    if (this.#pending >= MAX_PENDING) {
      this.#dropped.inc()
      return
    }
    const correlated = this.#correlator.correlate(regarding, entry)
    if (!correlated) return
    this.#pending++
    const lane = fnv1a32(regarding.metadata.uid ?? '') % LANES
    this.#lanes[lane] = (this.#lanes[lane] ?? Promise.resolve())
      .then(() => this.#write(regarding, { ...entry, message: correlated.message }, correlated.identity))
      .catch(error => this.#log.warn({ err: error, reason: entry.reason }, 'event not recorded'))
      .finally(() => {
        this.#pending--
      })
  }

  /** Resolves when everything recorded so far is written. */
  async flush(): Promise<void> {
    await Promise.all(this.#lanes)
  }

  async #write(regarding: KubeObject, entry: Entry, identity: string): Promise<void> {
    const { name, namespace, uid, resourceVersion } = regarding.metadata
    const message =
      entry.message.length > MAX_MESSAGE ? `${entry.message.slice(0, MAX_MESSAGE - 1)}…` : entry.message
    const eventName = `${name}.${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`
    const ref = { name: eventName, namespace: namespace ?? 'default' }
    const now = this.#clock.now()
    const existing = await this.#client.find(Event, ref)
    if (existing && now - Date.parse(existing.lastTimestamp ?? '') < TTL_MS) {
      await this.#client.patch(Event, ref, {
        count: (existing.count ?? 1) + 1,
        lastTimestamp: toTime(now),
        message,
      })
      return
    }
    if (existing) await this.#client.delete(Event, ref)
    await this.#client.create(Event, {
      metadata: ref,
      involvedObject: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        namespace,
        uid,
        resourceVersion,
      },
      reason: entry.reason,
      message,
      type: entry.type,
      count: 1,
      firstTimestamp: toTime(now),
      lastTimestamp: toTime(now),
      source: { component: entry.component },
      reportingComponent: entry.component,
      reportingInstance: '',
    })
  }
}
