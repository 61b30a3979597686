import type { KubeObject } from '../kube/object.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from './clock.ts'
import type { EventRecorder } from './events.ts'

type Entry = Parameters<EventRecorder['record']>[1]

/** What client-go's record.EventCorrelator has: so many objects are remembered, */
const MAX_REMEMBERED = 4096
/** events of so many different messages within ten minutes are one, */
const ALIKE = 10
const ALIKE_MS = 600_000
/** and a component may say so much of an object, then one event every five minutes. */
const BURST = 25
const REFILL_MS = 300_000

/** kube-scheduler records through events.k8s.io, whose recorder knows no such limits. */
const UNLIMITED = 'default-scheduler'

/** An event as it is recorded: those with the same identity are one, whose count is raised. */
interface Correlated {
  identity: string
  message: string
}

interface Group {
  messages: Set<string>
  lastAt: number
}

interface Bucket {
  tokens: number
  filledAt: number
}

/** Joins events that differ in their message only, and leaves out those of which there are too many, as client-go. */
export class EventCorrelator {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #groups = new BoundedMap<string, Group>(MAX_REMEMBERED)
  readonly #buckets = new BoundedMap<string, Bucket>(MAX_REMEMBERED)

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock
  }

  /** What is to be recorded; undefined: nothing. */
  correlate({ metadata: { uid, namespace, name }, kind }: KubeObject, entry: Entry): Correlated | undefined {
    const { type, reason, component, message } = entry
    const subject = [component, kind, namespace, name, uid, type].join('\0')
    const group = `${subject}\0${reason}`
    if (component === UNLIMITED) return { identity: `${group}\0${message}`, message }
    const isOneOfMany = this.#isOneOfMany(group, message)
    if (!this.#hasRoom(subject)) return undefined
    return isOneOfMany
      ? { identity: group, message: `(combined from similar events): ${message}` }
      : { identity: `${group}\0${message}`, message }
  }

  #isOneOfMany(key: string, message: string): boolean {
    const now = this.#clock.elapsed()
    const known = this.#groups.get(key)
    const group =
      known && now - known.lastAt <= ALIKE_MS ? known : { messages: new Set<string>(), lastAt: now }
    group.lastAt = now
    group.messages.add(message)
    this.#groups.set(key, group)
    if (group.messages.size < ALIKE) return false
    // Room for the next, whichever it is.
    const [any] = group.messages
    if (any !== undefined) group.messages.delete(any)
    return true
  }

  #hasRoom(key: string): boolean {
    const now = this.#clock.elapsed()
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, filledAt: now }
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.filledAt) / REFILL_MS)
    bucket.filledAt = now
    this.#buckets.set(key, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
}
