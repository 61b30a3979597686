import type { RequestHead } from '../http/request-head.ts'
import { bySpecificity, covers, HostIndex, normalHost } from './host-index.ts'
import { byPrecedence, matchesRest, type RouteMatch } from './match.ts'
import { normalPrefix } from './path.ts'

/** The matches of one hostname, found by path: exact and prefix by table, patterns one after the other. */
class PathIndex {
  readonly #exact = new Map<string, RouteMatch[]>()
  readonly #patterns: { pattern: RegExp; match: RouteMatch }[] = []
  readonly #prefixes = new Map<string, RouteMatch[]>()

  constructor(matches: Iterable<RouteMatch>) {
    for (const match of [...matches].sort(byPrecedence)) {
      const { path } = match
      if (path.kind === 'pattern') this.#patterns.push({ pattern: path.pattern, match })
      else if (path.kind === 'exact') append(this.#exact, path.value, match)
      else append(this.#prefixes, normalPrefix(path.value), match)
    }
  }

  find(path: string, head: RequestHead, buffer: Buffer): RouteMatch | undefined {
    if (this.#exact.size > 0) {
      const found = firstOf(this.#exact.get(path), head, buffer)
      if (found) return found
    }
    for (const { pattern, match } of this.#patterns)
      if (pattern.test(path) && matchesRest(match, head, buffer)) return match
    for (let end = path.length; end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
      const found = firstOf(this.#prefixes.get(end === path.length ? path : path.slice(0, end)), head, buffer)
      if (found) return found
    }
    return undefined
  }
}

function append(map: Map<string, RouteMatch[]>, key: string, match: RouteMatch): void {
  const present = map.get(key)
  if (present) present.push(match)
  else map.set(key, [match])
}

function firstOf(
  matches: readonly RouteMatch[] | undefined,
  head: RequestHead,
  buffer: Buffer,
): RouteMatch | undefined {
  if (matches === undefined) return undefined
  for (const match of matches) if (matchesRest(match, head, buffer)) return match
  return undefined
}

/** One listener's share of a table: its hostname and the matches attached to it, by hostname. */
export interface ListenerMatches {
  hostname: string
  matches: ReadonlyMap<string, Iterable<RouteMatch>>
}

/** Hosts are cached as they are written, so that the usual request costs one lookup. */
const MAX_CACHED_HOSTS = 1024

/**
 * Everything that is routed on one port. Immutable: a change makes a new table, and a request uses the one
 * that it began with.
 */
export class RouteTable {
  readonly #listeners = new HostIndex<HostIndex<readonly PathIndex[]>>()
  readonly #cache = new Map<string, readonly PathIndex[]>()

  constructor(listeners: readonly ListenerMatches[]) {
    for (const listener of listeners) {
      const indexes = new Map(
        [...listener.matches].map(([hostname, matches]) => [hostname, new PathIndex(matches)]),
      )
      const hosts = new HostIndex<readonly PathIndex[]>()
      const hostnames = [...indexes.keys()].sort(bySpecificity)
      for (const hostname of hostnames)
        hosts.set(
          hostname,
          // Less specific hostnames follow: precedence goes by hostname first, and then to the next.
          hostnames.filter(outer => covers(outer, hostname)).map(outer => indexes.get(outer)!),
        )
      this.#listeners.set(listener.hostname, hosts)
    }
  }

  /** `host` as the request has it; `path` normalised and without the query. */
  find(host: string, path: string, head: RequestHead, buffer: Buffer): RouteMatch | undefined {
    const tiers = this.#cache.get(host) ?? this.#lookUp(host)
    for (let index = 0; index < tiers.length; index++) {
      const found = tiers[index]!.find(path, head, buffer)
      if (found) return found
    }
    return undefined
  }

  #lookUp(host: string): readonly PathIndex[] {
    const name = normalHost(host)
    const tiers = this.#listeners.find(name)?.find(name) ?? []
    if (this.#cache.size >= MAX_CACHED_HOSTS) this.#cache.clear()
    this.#cache.set(host, tiers)
    return tiers
  }
}

export const emptyTable: RouteTable = new RouteTable([])
