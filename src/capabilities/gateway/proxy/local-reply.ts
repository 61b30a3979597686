import { STATUS_CODES } from 'node:http'
import type { HeaderModifier } from '../routing/rule.ts'

export interface LocalReply {
  status: number
  /** One sentence for whoever reads the body. */
  because: string
  location: string | undefined
  modifier: HeaderModifier | undefined
  keepAlive: boolean
  isHead: boolean
}

/** A whole response that the gateway gives itself. */
export function localReplyText(reply: LocalReply): string {
  const body = reply.because === '' ? '' : `${reply.because}\n`
  return (
    `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? 'Unknown'}\r\n` +
    'Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n` +
    (reply.location === undefined ? '' : `Location: ${reply.location}\r\n`) +
    (reply.keepAlive ? '' : 'Connection: close\r\n') +
    `${reply.modifier?.append ?? ''}\r\n` +
    (reply.isHead ? '' : body)
  )
}
