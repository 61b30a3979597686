/** A map that keeps at most so many entries: the one not used for longest goes first. */
export class LruMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number
  readonly #onEvict: () => void

  constructor(limit: number, onEvict: () => void = () => {}) {
    this.#limit = limit
    this.#onEvict = onEvict
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#limit) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
    this.#onEvict()
  }

  get size(): number {
    return this.#entries.size
  }
}
