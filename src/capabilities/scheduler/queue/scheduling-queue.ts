import { Heap } from '../../../lib/heap.ts'
import { type PodFacts, podFacts } from '../cluster/pod-facts.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { ClusterEvent } from './cluster-event.ts'
import { helps } from './helps.ts'

/** A pod that waits for a node. Times are milliseconds of the clock. */
export interface QueuedPod {
  facts: PodFacts
  attempts: number
  /** When it came to the queue, or was put back. */
  since: number
  order: number
  /** Which plugins refused it last. */
  refusedBy: ReadonlySet<string>
  place: 'ready' | 'backingOff' | 'refused' | 'taken' | 'gone'
  backOffUntil: number
}

/** kube-scheduler's podInitialBackoffSeconds and podMaxBackoffSeconds. */
const FIRST_BACK_OFF_MS = 1000
const LONGEST_BACK_OFF_MS = 10_000
/** A pod that no event helps is tried again after so long, as upstream. */
const RETRY_REFUSED_MS = 5 * 60_000

/** Pods by priority, then by time; those that failed wait for a back-off and for an event that could help. */
export class SchedulingQueue {
  readonly #pods = new Map<string, QueuedPod>()
  readonly #ready = new Heap<QueuedPod>(
    (a, b) =>
      a.facts.priority > b.facts.priority ||
      (a.facts.priority === b.facts.priority &&
        (a.since < b.since || (a.since === b.since && a.order < b.order))),
  )
  readonly #backingOff = new Heap<QueuedPod>((a, b) => a.backOffUntil < b.backOffUntil)
  readonly #refused = new Set<QueuedPod>()
  #order = 0

  get size(): number {
    return this.#pods.size
  }

  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid)
  }

  /** Takes in a pod, or its newer state: a change of its specification or labels is a reason to try again. */
  put(pod: Pod, now: number): void {
    const facts = podFacts(pod)
    const known = this.#pods.get(facts.uid)
    if (!known) {
      const entry: QueuedPod = {
        facts,
        attempts: 0,
        since: now,
        order: this.#order++,
        refusedBy: new Set(),
        place: 'ready',
        backOffUntil: 0,
      }
      this.#pods.set(facts.uid, entry)
      this.#ready.push(entry)
      return
    }
    const before = known.facts.pod
    if (before === pod) return
    const changed =
      before.metadata.generation !== pod.metadata.generation ||
      JSON.stringify(before.metadata.labels) !== JSON.stringify(pod.metadata.labels)
    if (known.place === 'ready' && facts.priority !== known.facts.priority) {
      // The heap is ordered by it.
      this.remove(facts.uid)
      this.put(pod, now)
      return
    }
    known.facts = facts
    if (changed && known.place === 'refused') this.#release(known, now)
  }

  remove(uid: string): void {
    const entry = this.#pods.get(uid)
    if (!entry) return
    // Heaps skip it when it comes up.
    entry.place = 'gone'
    this.#refused.delete(entry)
    this.#pods.delete(uid)
  }

  /** The next pod to schedule. */
  take(now: number): QueuedPod | undefined {
    for (let first = this.#backingOff.peek(); first; first = this.#backingOff.peek()) {
      if (first.place === 'backingOff' && first.backOffUntil > now) break
      this.#backingOff.pop()
      if (first.place === 'backingOff') this.#makeReady(first)
    }
    for (let entry = this.#ready.pop(); entry; entry = this.#ready.pop()) {
      if (entry.place !== 'ready') continue
      entry.place = 'taken'
      entry.attempts++
      return entry
    }
    return undefined
  }

  /** Puts back a pod that no node took, until an event could help it. */
  refuse(entry: QueuedPod, plugins: ReadonlySet<string>, now: number): void {
    if (entry.place !== 'taken') return
    entry.place = 'refused'
    entry.refusedBy = plugins
    entry.since = now
    this.#refused.add(entry)
  }

  /** Puts back a pod whose binding failed: it is tried again after a back-off. */
  retry(entry: QueuedPod, now: number): void {
    if (entry.place !== 'taken') return
    entry.since = now
    this.#release(entry, now)
  }

  /** Lets go of the pods that the event could help. */
  notice(event: ClusterEvent, now: number): void {
    for (const entry of this.#refused)
      if (helps(entry.facts, entry.refusedBy, event)) this.#release(entry, now)
  }

  /** Lets go of the pods that have waited for too long. */
  retryOld(now: number): void {
    for (const entry of this.#refused) if (now - entry.since >= RETRY_REFUSED_MS) this.#release(entry, now)
  }

  /** When something becomes due; undefined when nothing waits for time. */
  nextAt(): number | undefined {
    let next = this.#backingOff.peek()?.backOffUntil
    for (const { since } of this.#refused) {
      const at = since + RETRY_REFUSED_MS
      if (next === undefined || at < next) next = at
    }
    return next
  }

  #release(entry: QueuedPod, now: number): void {
    this.#refused.delete(entry)
    const backOff = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (entry.attempts - 1))
    entry.backOffUntil = entry.since + backOff
    if (entry.backOffUntil <= now) this.#makeReady(entry)
    else {
      entry.place = 'backingOff'
      this.#backingOff.push(entry)
    }
  }

  #makeReady(entry: QueuedPod): void {
    entry.place = 'ready'
    entry.order = this.#order++
    this.#ready.push(entry)
  }
}
