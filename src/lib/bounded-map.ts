/** A map that forgets what was used longest ago when it is full. */
export class BoundedMap<K, V> {
  readonly #limit: number
  readonly #forgot: () => void
  readonly #entries = new Map<K, V>()

  constructor(limit: number, forgot: () => void = () => {}) {
    this.#limit = limit
    this.#forgot = forgot
  }

  get size(): number {
    return this.#entries.size
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
    this.#forgot()
  }
}
