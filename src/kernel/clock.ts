import type { Clock } from '../lib/clock.ts'

export type { Clock } from '../lib/clock.ts'

/** Sleeping is the same for every clock: a timer that an abort cancels. */
function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = () => {
      timer[Symbol.dispose]()
      reject(signal?.reason)
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** The machine's clock. Timers keep the process alive only where asked for. */
export class RealClock implements Clock {
  readonly #keepAlive: boolean

  constructor(options: { keepAlive?: boolean } = {}) {
    this.#keepAlive = options.keepAlive ?? false
  }
  now(): number {
    return Date.now()
  }
  elapsed(): number {
    return performance.now()
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }
  after(ms: number, fire: () => void): Disposable {
    const timer = setTimeout(fire, Math.min(ms, MAX_TIMEOUT_MS))
    if (!this.#keepAlive) timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  }
  every(ms: number, fire: () => void): Disposable {
    const timer = setInterval(fire, ms)
    if (!this.#keepAlive) timer.unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }
}

interface Timer {
  at: number
  order: number
  fire: () => void
}

/** A clock that stands still until `advance` moves it: what is due fires in order, each at its own instant. */
export class VirtualClock implements Clock {
  #now: number
  readonly #start: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs
    this.#start = startMs
  }
  now(): number {
    return this.#now
  }
  elapsed(): number {
    return this.#now - this.#start
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }
  after(ms: number, fire: () => void): Disposable {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fire }
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) }
  }
  every(ms: number, fire: () => void): Disposable {
    let current: Disposable
    const again = () => {
      current = this.after(ms, again)
      fire()
    }
    current = this.after(ms, again)
    return { [Symbol.dispose]: () => current[Symbol.dispose]() }
  }
  /** Moves time forward, letting pending work settle before and after each timer that falls due. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms
    await settle()
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#timers.delete(next)
      this.#now = next.at
      next.fire()
      await settle()
    }
    this.#now = target
    await settle()
  }
  #next(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers)
      if (
        timer.at <= until &&
        (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
      )
        first = timer
    return first
  }
}

/** Gives promises and in-process I/O that are ready a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise(resolve => setImmediate(resolve))
}
