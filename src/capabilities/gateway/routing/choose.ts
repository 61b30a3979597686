import type { RequestHead } from '../http/request-head.ts'
import { type Choice, type Rule, sliceAt } from './rule.ts'
import { cookieValue, pointOf, type SessionIds, sessionIdOf, sessionValue } from './sticky.ts'

export interface Chance {
  sessionIds: SessionIds
  /** Uniform in [0, 1). */
  random(): number
  clock: { now(): number }
}

/** The `Set-Cookie` line for the caller of the last `choose`, or '': kept apart so that the usual choice allocates nothing. */
export const newSession = { line: '' }

/**
 * The backendRef for this request. A sticky caller is hashed to a point first, and the weights are applied to the
 * point: so the share follows the weights, and a caller moves only when the slice it is in does.
 */
export function choose(rule: Rule, head: RequestHead, buffer: Buffer, chance: Chance): Choice | undefined {
  newSession.line = ''
  const { choices, bounds, sticky } = rule
  if (choices.length === 1 && bounds.length === 1) return choices[0]
  return choices[sliceAt(bounds, pointFor(sticky, head, buffer, chance))]
}

function pointFor(sticky: Rule['sticky'], head: RequestHead, buffer: Buffer, chance: Chance): number {
  if (sticky === undefined) return chance.random()
  if (sticky.kind === 'header') {
    const identity = head.joined(buffer, sticky.name)
    return identity ? pointOf(identity) : chance.random()
  }
  const { name, attributes, absoluteTimeoutMs } = sticky
  const now = absoluteTimeoutMs === 0 ? 0 : chance.clock.now()
  const field = head.cookieIndex < 0 ? undefined : head.value(buffer, head.cookieIndex)
  const known = field && sessionIdOf(cookieValue(field, name), absoluteTimeoutMs, now)
  if (known) return pointOf(known)
  const id = chance.sessionIds.next()
  newSession.line = `Set-Cookie: ${name}=${sessionValue(id, absoluteTimeoutMs, now)}${attributes}\r\n`
  return pointOf(id)
}
