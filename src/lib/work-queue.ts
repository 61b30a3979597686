import type { Clock } from './clock.ts'

const BASE_DELAY_MS = 50
const MAX_DELAY_MS = 60_000

/** The wait before the n-th retry in a row (from 1): 50 ms doubling to one minute. */
export const retryDelayMs = (failures: number): number =>
  Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.min(failures - 1, 30))

/**
 * Keys waiting to be reconciled. A key is queued at most once and never worked on twice at the same time:
 * added while being worked on, it is queued again afterwards. Its size is bounded by the number of distinct keys.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #ready: Set<string> = new Set()
  readonly #active = new Set<string>()
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #delayed = new Map<string, { at: number; timer: Disposable }>()
  #wake: (() => void) | undefined
  #waiting: Promise<void> | undefined
  /** The signal that is listened to: a queue has one owner, which waits again and again. */
  #stop: AbortSignal | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get length(): number {
    return this.#ready.size
  }

  add(key: string): void {
    if (this.#active.has(key)) {
      this.#again.add(key)
      return
    }
    this.#ready.add(key)
    this.#wake?.()
  }

  /** Adds after a delay; of several delays for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key)
      return
    }
    const at = this.#clock.now() + ms
    const pending = this.#delayed.get(key)
    if (pending) {
      if (pending.at <= at) return
      pending.timer[Symbol.dispose]()
    }
    const timer = this.#clock.after(ms, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { at, timer })
  }

  /** Takes the oldest ready key, or undefined when none is ready. Each key taken must be given back with `done`. */
  take(): string | undefined {
    const [key] = this.#ready
    if (key === undefined) return undefined
    this.#ready.delete(key)
    this.#active.add(key)
    return key
  }

  /** Ends the work on a key. A failed one comes back after its back-off; a success forgets earlier failures. */
  done(key: string, outcome: 'ok' | 'retry'): void {
    this.#active.delete(key)
    if (outcome === 'ok') this.#failures.delete(key)
    else {
      const failures = (this.#failures.get(key) ?? 0) + 1
      this.#failures.set(key, failures)
      this.addAfter(key, retryDelayMs(failures))
    }
    if (this.#again.delete(key)) this.add(key)
  }

  /** Resolves when a key may be ready, or when the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.#ready.size > 0 || signal.aborted) return
    if (this.#stop !== signal) {
      this.#stop = signal
      signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    }
    this.#waiting ??= new Promise<void>(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        this.#waiting = undefined
        resolve()
      }
    })
    await this.#waiting
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]()
    this.#delayed.clear()
    this.#ready.clear()
  }
}
