import { apiError } from '../../kube/status.ts'
import type { Clock } from '../../lib/clock.ts'

interface FairQueueParts {
  clock: Clock
  /** So many requests are worked on at the same time. */
  seats: number
  /** So many of one flow may wait. */
  maxWaitingOfFlow: number
  /** So many may wait in all. */
  maxWaiting: number
  /** A request was refused. */
  onRefused(reason: 'queue_full' | 'time_out'): void
}

/** Ends the use of a seat; to be called once. */
export type Leave = () => void

interface Waiter {
  admit(): void
}

/** Longer waits are refused, as upstream: a quarter of a request's time. */
const MAX_WAIT_MS = 15_000

/**
 * Seats for requests, given to flows in turn: whoever sends much waits for itself, not in front of others. In the
 * spirit of upstream's API Priority and Fairness, with one level of priority.
 */
export class FairQueue {
  readonly #parts: FairQueueParts
  /** By flow; the flow whose turn is next comes first. */
  readonly #flows = new Map<string, Waiter[]>()
  #taken = 0
  #waiting = 0

  constructor(parts: FairQueueParts) {
    this.#parts = parts
  }

  /** Takes a seat, now if one is free. Throws ApiError 429 where too many wait already, or too long. */
  enter(flow: string, signal: AbortSignal): Leave | Promise<Leave> {
    if (this.#taken < this.#parts.seats) {
      this.#taken++
      return this.#leave()
    }
    const queue = this.#flows.get(flow)
    if ((queue?.length ?? 0) >= this.#parts.maxWaitingOfFlow || this.#waiting >= this.#parts.maxWaiting)
      throw this.#refused('queue_full')
    return this.#wait(flow, queue ?? [], signal)
  }

  #wait(flow: string, queue: Waiter[], signal: AbortSignal): Promise<Leave> {
    this.#flows.set(flow, queue)
    this.#waiting++
    return new Promise((resolve, reject) => {
      const settle = () => {
        limit[Symbol.dispose]()
        signal.removeEventListener('abort', gone)
        this.#waiting--
      }
      const waiter: Waiter = {
        admit: () => {
          settle()
          resolve(this.#leave())
        },
      }
      const giveUp = (error: unknown) => {
        settle()
        queue.splice(queue.indexOf(waiter), 1)
        if (queue.length === 0) this.#flows.delete(flow)
        reject(error)
      }
      const gone = () => giveUp(signal.reason)
      const limit = this.#parts.clock.after(MAX_WAIT_MS, () => giveUp(this.#refused('time_out')))
      signal.addEventListener('abort', gone, { once: true })
      queue.push(waiter)
    })
  }

  #leave(): Leave {
    let left = false
    return () => {
      if (left) return
      left = true
      const [turn] = this.#flows
      if (!turn) {
        this.#taken--
        return
      }
      // The seat passes to whoever waits longest in the flow whose turn it is.
      const [flow, queue] = turn
      this.#flows.delete(flow)
      const next = queue.shift()
      if (queue.length > 0) this.#flows.set(flow, queue)
      next?.admit()
    }
  }

  #refused(reason: 'queue_full' | 'time_out') {
    this.#parts.onRefused(reason)
    return apiError('TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 })
  }
}
