/** Values by hostname: exact, `*.suffix` (one or more labels), or '' for any. The most specific one is found. */
export class HostIndex<T> {
  readonly #exact = new Map<string, T>()
  /** By suffix, without the star and with its leading dot. */
  readonly #wildcards = new Map<string, T>()
  #any: T | undefined

  set(hostname: string, value: T): void {
    if (hostname === '') this.#any = value
    else if (hostname.startsWith('*.')) this.#wildcards.set(hostname.slice(1), value)
    else this.#exact.set(hostname, value)
  }

  /** `host` is lower-case and without a port. */
  find(host: string): T | undefined {
    const exact = this.#exact.get(host)
    if (exact !== undefined) return exact
    if (this.#wildcards.size > 0)
      for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
        const found = this.#wildcards.get(host.slice(dot))
        if (found !== undefined) return found
      }
    return this.#any
  }
}

/** Lower-case and without the port or the root's dot: how hostnames are compared. */
export function normalHost(field: string): string {
  const colon = field.endsWith(']') ? -1 : field.lastIndexOf(':')
  const host = (colon < 0 ? field : field.slice(0, colon)).toLowerCase()
  return host.endsWith('.') ? host.slice(0, -1) : host
}

/** Whether every name that `inner` stands for is also one of `outer`. */
export function covers(outer: string, inner: string): boolean {
  if (outer === '' || outer === inner) return true
  return outer.startsWith('*.') && inner.endsWith(outer.slice(1))
}

/** The hostname both stand for (Gateway API, HTTPRouteSpec.hostnames), or undefined when they share none. */
export function intersection(listener: string, route: string): string | undefined {
  if (covers(listener, route)) return route
  return covers(route, listener) ? listener : undefined
}

/** What a host's routes may be listed under: itself, `*.` and each of its suffixes, and '' for any. */
export function namesOf(host: string): string[] {
  const found = [host]
  for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1))
    found.push(`*${host.slice(dot)}`)
  return [...found, '']
}
