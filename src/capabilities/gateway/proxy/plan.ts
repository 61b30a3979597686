import type { RequestHead } from '../http/request-head.ts'
import { choose, newSession } from '../routing/choose.ts'
import type { RouteMatch } from '../routing/match.ts'
import { changedPath, withoutDots } from '../routing/path.ts'
import type { RouteTable } from '../routing/route-table.ts'
import type { Choice } from '../routing/rule.ts'
import { requestHeadText } from './forward-head.ts'
import { redirectLocation } from './redirect-location.ts'
import type { Settings } from './settings.ts'

/** A rule's answer when there is no backend to ask. */
export const NO_CHOICE: Choice = { target: undefined, requestHeaders: undefined, responseHeaders: undefined }

/** What becomes of one request. One object a connection, filled anew for each request. */
export class Plan {
  host = ''
  path = ''
  match: RouteMatch | undefined
  choice: Choice = NO_CHOICE
  /** Where a redirect leads; '' when there is none. */
  location = ''
  /** The head to send upstream. */
  headText = ''
  /** A `Set-Cookie` line for the response, or ''. */
  setCookie = ''

  make(
    head: RequestHead,
    buffer: Buffer,
    bodyStart: number,
    context: {
      table: RouteTable
      port: number
      settings: Settings
      clientAddress: string
      wantsUpgrade: boolean
    },
  ): void {
    this.choice = NO_CHOICE
    this.location = ''
    this.setCookie = ''
    const host = head.hostEnd < 0 ? '' : buffer.toString('latin1', head.hostStart, head.hostEnd)
    const rawPath =
      head.pathStart === head.pathEnd ? '/' : buffer.toString('latin1', head.pathStart, head.pathEnd)
    const path = head.hasDots ? withoutDots(rawPath) : rawPath
    this.host = host
    this.path = path
    const match = context.table.find(host, path, head, buffer)
    this.match = match
    if (match === undefined) return
    const { rule } = match
    const query =
      head.pathEnd === head.targetEnd ? '' : buffer.toString('latin1', head.pathEnd, head.targetEnd)
    if (rule.redirect !== undefined) {
      const listenerPort = context.port
      this.location = redirectLocation(rule.redirect, {
        host,
        path,
        query,
        prefix: match.path.value,
        listenerPort,
      })
      return
    }
    this.choice = choose(rule, head, buffer, context.settings) ?? NO_CHOICE
    this.setCookie = newSession.line
    const { target } = this.choice
    if (target === undefined) return
    const { rewrite } = rule
    const newPath = rewrite?.path === undefined ? path : changedPath(path, rewrite.path, match.path.value)
    // In the absolute form the host is in the target, and the Host field may say something else.
    const isHostInTarget = head.hostEnd >= 0 && head.hostStart < head.targetEnd
    this.headText = requestHeadText(buffer, head, bodyStart, {
      target: newPath + query,
      host: rewrite?.hostname ?? (isHostInTarget || head.hostEnd < 0 ? host || target.key : undefined),
      originalHost: host,
      clientAddress: context.clientAddress,
      modifier: this.choice.requestHeaders,
      upgrade: context.wantsUpgrade,
    })
  }
}
