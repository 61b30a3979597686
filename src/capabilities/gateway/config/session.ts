import { isToken } from '../http/byte-class.ts'
import type { HTTPRoute, HTTPRouteSpecRulesItem } from '../kinds/generated/http-route.ts'
import type { Sticky } from '../routing/rule.ts'
import { parseDuration } from './duration.ts'
import { DEFAULT_COOKIE, STICKY_ANNOTATION } from './names.ts'
import { unsupported } from './problem.ts'

/** How callers of a rule with several backends are recognised; undefined when each request is drawn anew. */
export function compileSession(
  route: HTTPRoute,
  rule: HTTPRouteSpecRulesItem,
  where: string,
): Sticky | undefined {
  const session = rule.sessionPersistence
  if (session === undefined) {
    if (route.metadata.annotations?.[STICKY_ANNOTATION] === 'false') return undefined
    return { kind: 'cookie', name: DEFAULT_COOKIE, attributes: attributesOf(undefined), absoluteTimeoutMs: 0 }
  }
  if (session.idleTimeout !== undefined)
    throw unsupported(`${where}.sessionPersistence.idleTimeout is not supported`)
  const name = session.sessionName ?? DEFAULT_COOKIE
  if (!isToken(name))
    throw unsupported(`${where}.sessionPersistence.sessionName: ${JSON.stringify(name)} is not a token`)
  if (session.type === 'Header') {
    if (session.absoluteTimeout !== undefined)
      throw unsupported(`${where}.sessionPersistence.absoluteTimeout: a header's identity does not end`)
    return { kind: 'header', name: name.toLowerCase() }
  }
  const timeoutMs = session.absoluteTimeout === undefined ? 0 : parseDuration(session.absoluteTimeout)
  if (timeoutMs === undefined)
    throw unsupported(
      `${where}.sessionPersistence.absoluteTimeout: ${session.absoluteTimeout} is not a duration`,
    )
  const isPermanent = session.cookieConfig?.lifetimeType === 'Permanent'
  if (isPermanent && timeoutMs === 0)
    throw unsupported(`${where}.sessionPersistence: a permanent cookie needs an absoluteTimeout`)
  return {
    kind: 'cookie',
    name,
    attributes: attributesOf(isPermanent ? timeoutMs : undefined),
    absoluteTimeoutMs: timeoutMs,
  }
}

const attributesOf = (maxAgeMs: number | undefined): string =>
  `; Path=/; HttpOnly; SameSite=Lax${maxAgeMs === undefined ? '' : `; Max-Age=${Math.floor(maxAgeMs / 1000)}`}`
