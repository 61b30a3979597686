import type { ServiceTarget } from '../proxy/service-target.ts'

/** A header filter made ready: fields to leave out, by lower-case name, and lines to add. */
export interface HeaderModifier {
  remove: ReadonlySet<string>
  /** Whole lines, each ended by CRLF. */
  append: string
}

export type PathChange = { kind: 'full'; path: string } | { kind: 'prefix'; path: string }

export interface Redirect {
  scheme: 'http' | 'https' | undefined
  hostname: string | undefined
  port: number | undefined
  path: PathChange | undefined
  status: number
}

export interface Rewrite {
  hostname: string | undefined
  path: PathChange | undefined
}

/** One backendRef of a rule. Without a target the reference is invalid, and its share is answered with 500. */
export interface Choice {
  target: ServiceTarget | undefined
  /** The rule's modifiers followed by the backendRef's own. */
  requestHeaders: HeaderModifier | undefined
  responseHeaders: HeaderModifier | undefined
}

/** How a caller is recognised before weights apply. */
export type Sticky =
  | {
      kind: 'cookie'
      name: string
      /** What follows the value in `Set-Cookie`. */
      attributes: string
      /** Sessions older than this start anew; 0 for no limit. */
      absoluteTimeoutMs: number
    }
  | { kind: 'header'; name: string }

/** What is done with a request that matched. Immutable: a changed route makes new rules. */
export interface Rule {
  /** `namespace/name` of the HTTPRoute, and the rule's name or index in it. */
  route: string
  name: string
  redirect: Redirect | undefined
  rewrite: Rewrite | undefined
  /** For responses that no backend gives, such as redirects. */
  responseHeaders: HeaderModifier | undefined
  choices: readonly Choice[]
  /** For each choice the end of its slice of [0, 1); empty when all weights are 0. */
  bounds: readonly number[]
  sticky: Sticky | undefined
  requestTimeoutMs: number
  backendTimeoutMs: number
}

/**
 * Consecutive slices of [0, 1), in the order of the rule's backendRefs: while only a later weight grows, its
 * slice only grows, so no caller that it held falls out of it.
 */
export function boundsOf(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return []
  let sum = 0
  return weights.map(weight => {
    sum += weight
    return sum / total
  })
}

/** The index of the slice that holds the point, or -1 when there are no slices. */
export function sliceAt(bounds: readonly number[], point: number): number {
  for (let index = 0; index < bounds.length; index++) if (point < bounds[index]!) return index
  return -1
}

/** Two modifiers applied one after the other. */
export function chained(
  first: HeaderModifier | undefined,
  second: HeaderModifier | undefined,
): HeaderModifier | undefined {
  if (!first || !second) return first ?? second
  const kept = first.append
    .split('\r\n')
    .filter(line => line !== '' && !second.remove.has(line.slice(0, line.indexOf(':')).toLowerCase()))
    .map(line => `${line}\r\n`)
  return { remove: new Set([...first.remove, ...second.remove]), append: kept.join('') + second.append }
}
