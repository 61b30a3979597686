import type { RequestHead } from '../http/request-head.ts'
import { HostIndex, namesOf, normalHost } from './host-index.ts'
import { byPrecedence, matchesRest, type RouteMatch, type TextPattern } from './match.ts'
import { normalPrefix } from './path.ts'

const SLASH = 0x2f

/** The matches of one hostname, found by path: exact and prefix by table, patterns one after the other. Immutable. */
export class PathIndex {
  readonly #exact = new Map<string, RouteMatch[]>()
  readonly #patterns: { pattern: TextPattern; match: RouteMatch }[] = []
  readonly #prefixes = new Map<string, RouteMatch[]>()
  /** Of the prefixes, the longest first: a path is only tried where one could end. */
  readonly #prefixLengths: readonly number[]

  constructor(matches: Iterable<RouteMatch>) {
    for (const match of [...matches].sort(byPrecedence)) {
      const { path } = match
      if (path.kind === 'pattern') this.#patterns.push({ pattern: path.pattern, match })
      else if (path.kind === 'exact') append(this.#exact, path.value, match)
      else append(this.#prefixes, normalPrefix(path.value), match)
    }
    const lengths = new Set([...this.#prefixes.keys()].map(prefix => prefix.length))
    this.#prefixLengths = [...lengths].sort((a, b) => b - a)
  }

  find(path: string, head: RequestHead, buffer: Buffer): RouteMatch | undefined {
    if (this.#exact.size > 0) {
      const found = firstOf(this.#exact.get(path), head, buffer)
      if (found) return found
    }
    for (const { pattern, match } of this.#patterns)
      if (pattern.test(path) && matchesRest(match, head, buffer)) return match
    for (const length of this.#prefixLengths) {
      // A prefix ends where a segment does.
      if (length > path.length || (length < path.length && path.charCodeAt(length) !== SLASH)) continue
      const found = firstOf(this.#prefixes.get(path.slice(0, length)), head, buffer)
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

/** One listener's share of a table: its hostname, and what is attached to it, by hostname. */
export interface ListenerMatches {
  hostname: string
  hosts: ReadonlyMap<string, PathIndex>
}

/** Hosts are cached as they are written, so that the usual request costs one lookup. */
const MAX_CACHED_HOSTS = 1024
/** Of a name and a port. */
const MAX_HOST_LENGTH = 253 + 6

/**
 * Everything that is routed on one port. Immutable: a change makes a new table, and a request uses the one
 * that it began with.
 */
export class RouteTable {
  readonly #listeners = new HostIndex<ReadonlyMap<string, PathIndex>>()
  readonly #cache = new Map<string, readonly PathIndex[]>()

  constructor(listeners: readonly ListenerMatches[]) {
    for (const { hostname, hosts } of listeners) this.#listeners.set(hostname, hosts)
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
    // No hostname is longer (RFC 1035 section 2.3.4), and a name of a thousand labels would be looked up as often.
    const name = host.length > MAX_HOST_LENGTH ? '' : normalHost(host)
    const hosts = this.#listeners.find(name)
    // Less specific hostnames follow: precedence goes by hostname first, and then to the next.
    const tiers = hosts ? namesOf(name).flatMap(hostname => hosts.get(hostname) ?? []) : []
    if (this.#cache.size >= MAX_CACHED_HOSTS) this.#cache.clear()
    this.#cache.set(host, tiers)
    return tiers
  }
}

export const emptyTable: RouteTable = new RouteTable([])
