import { normalHost } from '../routing/host-index.ts'
import { changedPath } from '../routing/path.ts'
import type { Redirect } from '../routing/rule.ts'

export interface Redirected {
  host: string
  path: string
  /** With its `?`, or ''. */
  query: string
  /** The prefix that the route matched. */
  prefix: string
  listenerPort: number
}

/** The Location of a redirect (Gateway API, HTTPRequestRedirectFilter): a known scheme brings its own port. */
export function redirectLocation(redirect: Redirect, request: Redirected): string {
  const scheme = redirect.scheme ?? 'http'
  const host = redirect.hostname ?? normalHost(request.host)
  const port =
    redirect.port ??
    (redirect.scheme === undefined ? request.listenerPort : redirect.scheme === 'https' ? 443 : 80)
  const isUsual = (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443)
  const path = redirect.path ? changedPath(request.path, redirect.path, request.prefix) : request.path
  return `${scheme}://${host}${isUsual ? '' : `:${port}`}${path}${request.query}`
}
