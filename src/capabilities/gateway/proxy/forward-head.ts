import { Field } from '../http/field-name.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/request-head.ts'
import type { ResponseHead } from '../http/response-head.ts'
import type { HeaderModifier } from '../routing/rule.ts'

/** Fields that end at this hop (RFC 9110 section 7.6.1), and those the proxy writes itself. */
const droppedFromRequest = new Set<number>([
  Field.CONNECTION,
  Field.KEEP_ALIVE,
  Field.PROXY_CONNECTION,
  Field.TE,
  Field.UPGRADE,
  Field.X_FORWARDED_FOR,
  Field.X_FORWARDED_PROTO,
  Field.X_FORWARDED_HOST,
])
const droppedFromResponse = new Set<number>([
  Field.CONNECTION,
  Field.KEEP_ALIVE,
  Field.PROXY_CONNECTION,
  Field.TE,
  Field.UPGRADE,
])
/** Fields that a Connection field cannot strip: framing and routing would change for the next hop. */
const neverNominated = new Set<number>([Field.HOST, Field.CONTENT_LENGTH, Field.TRANSFER_ENCODING])

/** The field lines from `from` to `end` as text, without those that `isDropped` names. */
function keptLines(
  buffer: Buffer,
  fields: Fields,
  range: { from: number; end: number },
  isDropped: (index: number) => boolean,
): string {
  let text = ''
  let runStart = range.from
  for (let index = 0; index < fields.count; index++) {
    if (!isDropped(index)) continue
    const lineStart = fields.offsets[index * 4]!
    const lineEnd = index + 1 < fields.count ? fields.offsets[index * 4 + 4]! : range.end
    if (lineStart > runStart) text += buffer.toString('latin1', runStart, lineStart)
    runStart = lineEnd
  }
  return runStart < range.end ? text + buffer.toString('latin1', runStart, range.end) : text
}

export interface RequestChanges {
  /** The target that goes on the request line. */
  target: string
  /** Replaces Host; undefined leaves the field as it is. */
  host: string | undefined
  /** What the client asked for, in X-Forwarded-Host. */
  originalHost: string
  clientAddress: string
  modifier: HeaderModifier | undefined
  upgrade: boolean
}

/** The head to send upstream for a head that was just read. `bodyStart` is what `read` returned. */
export function requestHeadText(
  buffer: Buffer,
  head: RequestHead,
  bodyStart: number,
  changes: RequestChanges,
): string {
  const range = { from: head.fieldsStart, end: bodyStart - 2 }
  const { modifier, host, upgrade } = changes
  const isPlain = !head.hasHopByHop && modifier === undefined && host === undefined
  const lines = isPlain
    ? buffer.toString('latin1', range.from, range.end)
    : keptLines(buffer, head, range, index => {
        const kind = head.kinds[index]!
        if (kind === Field.HOST && host !== undefined) return true
        if (kind === Field.UPGRADE) return !upgrade
        if (droppedFromRequest.has(kind)) return true
        if (modifier?.remove.size && modifier.remove.has(head.name(buffer, index).toLowerCase())) return true
        return isNominated(buffer, head, index)
      })
  const forwardedFor =
    head.forwardedForIndex < 0
      ? changes.clientAddress
      : `${head.joined(buffer, 'x-forwarded-for')}, ${changes.clientAddress}`
  return (
    `${head.method} ${changes.target} HTTP/1.1\r\n${lines}` +
    (host === undefined ? '' : `Host: ${host}\r\n`) +
    (upgrade ? 'Connection: Upgrade\r\n' : '') +
    `X-Forwarded-For: ${forwardedFor}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ${changes.originalHost}\r\n` +
    (modifier === undefined ? '\r\n' : `${modifier.append}\r\n`)
  )
}

export interface ResponseChanges {
  modifier: HeaderModifier | undefined
  /** A whole `Set-Cookie` line, or ''. */
  setCookie: string
  keepAlive: boolean
  /** The client speaks HTTP/1.0, and has to be told that the connection stays. */
  isOldClient: boolean
  /** The body is sent decoded, so its framing fields go. */
  dechunk: boolean
}

/** Whether a response head can go to the client byte for byte. */
export function passesUntouched(head: ResponseHead, changes: ResponseChanges): boolean {
  return (
    !head.hasHopByHop &&
    !head.isOld &&
    changes.modifier === undefined &&
    changes.setCookie === '' &&
    changes.keepAlive &&
    !changes.isOldClient
  )
}

/** The head to send to the client for a response head that was just read from `from` to `bodyStart`. */
export function responseHeadText(
  buffer: Buffer,
  head: ResponseHead,
  bodyStart: number,
  changes: ResponseChanges,
): string {
  const { modifier, keepAlive, isOldClient, setCookie } = changes
  const lines = keptLines(buffer, head, { from: head.fieldsStart, end: bodyStart - 2 }, index => {
    const kind = head.kinds[index]!
    if (droppedFromResponse.has(kind)) return true
    if (kind === Field.TRANSFER_ENCODING) return changes.dechunk
    if (modifier?.remove.size && modifier.remove.has(head.name(buffer, index).toLowerCase())) return true
    return isNominated(buffer, head, index)
  })
  const connection = keepAlive ? (isOldClient ? 'Connection: keep-alive\r\n' : '') : 'Connection: close\r\n'
  return (
    `HTTP/1.1${buffer.toString('latin1', head.statusStart, head.fieldsStart)}${lines}${connection}${setCookie}` +
    (modifier === undefined ? '\r\n' : `${modifier.append}\r\n`)
  )
}

function isNominated(buffer: Buffer, fields: Fields, index: number): boolean {
  if (fields.nominated === undefined || neverNominated.has(fields.kinds[index]!)) return false
  return fields.nominated.includes(fields.name(buffer, index).toLowerCase())
}
