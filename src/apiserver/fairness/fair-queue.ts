import { apiError } from '../../kube/status.ts'
import type { Clock } from '../../lib/clock.ts'

export interface FairQueueLimits {
  /** So many requests are worked on at the same time. */
  seats: number
  /** So many of one flow may wait. */
  maxWaitingOfFlow: number
  /** So many may wait in all. */
  maxWaiting: number
}

/** Why a request was refused. */
export type Refusal = 'queue_full' | 'time_out'

interface FairQueueParts {
  clock: Clock
  limits: FairQueueLimits
  onRefused(reason: Refusal): void
}

/** Ends the use of a seat; further calls do nothing. */
export type Leave = () => void

/** Longer waits are refused, as upstream: a quarter of a request's time. */
const MAX_WAIT_MS = 15_000

/** Seats for requests, given to flows in turn: whoever sends much waits for itself, not in front of others. */
export class FairQueue {
  readonly #clock: Clock
  readonly #onRefused: (reason: Refusal) => void
  #limits: FairQueueLimits
  /** Who waits, by flow; the flow whose turn is next comes first. */
  readonly #flows = new Map<string, (() => void)[]>()
  #taken = 0
  #waiting = 0

  constructor({ clock, limits, onRefused }: FairQueueParts) {
    this.#clock = clock
    this.#limits = limits
    this.#onRefused = onRefused
  }

  /** Takes a seat, now if one is free. Throws ApiError 429 where too many wait already, or too long. */
  enter(flow: string, signal: AbortSignal): Leave | Promise<Leave> {
    const { seats, maxWaitingOfFlow, maxWaiting } = this.#limits
    if (this.#taken < seats && this.#waiting === 0) return this.#take()
    const queue = this.#flows.get(flow) ?? []
    if (queue.length >= maxWaitingOfFlow || this.#waiting >= maxWaiting) throw this.#refused('queue_full')
    return this.#wait(flow, queue, signal)
  }

  setLimits(limits: FairQueueLimits): void {
    this.#limits = limits
    this.#admit()
  }

  #wait(flow: string, queue: (() => void)[], signal: AbortSignal): Promise<Leave> {
    this.#flows.set(flow, queue)
    this.#waiting++
    return new Promise((resolve, reject) => {
      const settle = () => {
        limit[Symbol.dispose]()
        signal.removeEventListener('abort', gone)
        this.#waiting--
      }
      const admit = () => {
        settle()
        resolve(this.#take())
      }
      const giveUp = (error: unknown) => {
        settle()
        queue.splice(queue.indexOf(admit), 1)
        if (queue.length === 0) this.#flows.delete(flow)
        reject(error)
      }
      const gone = () => giveUp(signal.reason)
      const limit = this.#clock.after(MAX_WAIT_MS, () => giveUp(this.#refused('time_out')))
      signal.addEventListener('abort', gone, { once: true })
      queue.push(admit)
    })
  }

  #take(): Leave {
    this.#taken++
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      this.#taken--
      this.#admit()
    }
  }

  /** Gives free seats to whoever waits longest in the flow whose turn it is. */
  #admit(): void {
    while (this.#taken < this.#limits.seats) {
      const [turn] = this.#flows
      if (!turn) return
      const [flow, queue] = turn
      this.#flows.delete(flow)
      const next = queue.shift()
      if (queue.length > 0) this.#flows.set(flow, queue)
      next?.()
    }
  }

  #refused(reason: Refusal) {
    this.#onRefused(reason)
    return apiError('TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 })
  }
}
