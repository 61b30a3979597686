import type { Endpoints } from '../../../kernel/endpoints.ts'

/** What is published of each Gateway: `gateway/NAMESPACE/NAME/LISTENER`, and plain `gateway` for the first of all. */
export class Published {
  readonly #endpoints: Endpoints
  /** By `namespace/name`, URLs by listener; in the order in which Gateways came. */
  readonly #urls = new Map<string, ReadonlyMap<string, string>>()

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints
  }

  publish(key: string, urls: ReadonlyMap<string, string>): void {
    const before = this.#urls.get(key) ?? new Map()
    for (const name of before.keys()) if (!urls.has(name)) this.#endpoints.withdraw(`gateway/${key}/${name}`)
    for (const [name, url] of urls)
      if (before.get(name) !== url) this.#endpoints.publish(`gateway/${key}/${name}`, url)
    if (urls.size === 0) this.#urls.delete(key)
    else this.#urls.set(key, urls)
    this.#publishFirst()
  }

  withdraw(key: string): void {
    this.publish(key, new Map())
  }

  #publishFirst(): void {
    const [first] = this.#urls.values()
    const [url] = first?.values() ?? []
    if (url === this.#endpoints.get('gateway')) return
    if (url === undefined) this.#endpoints.withdraw('gateway')
    else this.#endpoints.publish('gateway', url)
  }
}
