import { byteClass, HOST, TARGET, TOKEN } from './byte-class.ts'
import { Fields } from './fields.ts'

const GET = 0x47455420
const VERSION = Buffer.from('HTTP/1.', 'latin1')

/**
 * Reads the head of an HTTP/1.x request out of a buffer, keeping offsets. Strict where RFC 9112 leaves room that
 * peers fill differently: lines end in CRLF only, no folding, one Host, one Content-Length, no
 * Content-Length with Transfer-Encoding, `chunked` as the only coding.
 */
export class RequestHead extends Fields {
  method = ''
  /** HTTP/1.0 rather than 1.1. */
  isOld = false
  targetStart = 0
  targetEnd = 0
  /** The path within the target, from its `/`; equal to the target's start except in the absolute form. */
  pathStart = 0
  /** Where the query's `?` is, or the target's end. */
  pathEnd = 0
  /** Whether the path may contain dot segments, plain or percent-encoded. */
  hasDots = false
  fieldsStart = 0

  /** Position after the head, 0 when it is incomplete, -1 when it is refused (see `refusal`). */
  read(buffer: Buffer, from: number, end: number): number {
    this.reset()
    let position = from
    // RFC 9112 section 2.2: empty lines before a request line are ignored.
    while (buffer[position] === 0x0d && position + 1 < end && buffer[position + 1] === 0x0a) position += 2
    if (end - position < 4) return this.#tooShort(buffer, position, end)
    if (buffer.readInt32BE(position) === GET) {
      this.method = 'GET'
      position += 4
    } else {
      const start = position
      while (position < end && (byteClass[buffer[position]!]! & TOKEN) !== 0) position++
      if (position - start > 64) return this.refuse(501, 'a method of more than 64 characters')
      if (position >= end) return 0
      if (buffer[position] !== 0x20 || position === start) return this.refuse(400, 'a malformed request line')
      this.method = buffer.toString('latin1', start, position)
      position++
    }
    position = this.#readTarget(buffer, position, end)
    if (position <= 0) return position
    position = this.#readVersion(buffer, position, end)
    if (position <= 0) return position
    this.fieldsStart = position
    const bodyStart = this.parse(buffer, position, end)
    if (bodyStart <= 0) return bodyStart
    return this.#check(buffer) ? bodyStart : -1
  }

  #tooShort(buffer: Buffer, from: number, end: number): number {
    for (let position = from; position < end; position++) {
      const byte = buffer[position]!
      if ((byteClass[byte]! & TOKEN) === 0 && byte !== 0x0d && byte !== 0x20)
        return this.refuse(400, 'a malformed request line')
    }
    return 0
  }

  #readTarget(buffer: Buffer, start: number, end: number): number {
    let position = start
    let query = -1
    let dots = false
    while (position < end) {
      const byte = buffer[position]!
      if ((byteClass[byte]! & TARGET) === 0) break
      if (byte === 0x3f && query < 0) query = position
      else if (query < 0) {
        // `/.`, or `%2e` in either case: worth normalising before a route is chosen.
        if (byte === 0x2e && buffer[position - 1] === 0x2f) dots = true
        else if (
          byte === 0x25 &&
          buffer[position + 1] === 0x32 &&
          ((buffer[position + 2] ?? 0) | 0x20) === 0x65
        )
          dots = true
      }
      position++
    }
    if (position >= end) return 0
    if (buffer[position] !== 0x20 || position === start) return this.refuse(400, 'a malformed request target')
    this.targetStart = start
    this.targetEnd = position
    this.pathStart = start
    this.pathEnd = query < 0 ? position : query
    this.hasDots = dots
    return position + 1
  }

  #readVersion(buffer: Buffer, start: number, end: number): number {
    if (start + 10 > end) {
      // Refuse what can no longer become a version; wait for the rest otherwise.
      for (let index = 0; index < VERSION.length && start + index < end; index++)
        if (buffer[start + index] !== VERSION[index]) return this.refuse(400, 'a malformed request line')
      return 0
    }
    for (let index = 0; index < VERSION.length; index++) {
      if (buffer[start + index] === VERSION[index]) continue
      // Only the digit may differ for this to be another version of HTTP.
      return index === 5
        ? this.refuse(505, 'an HTTP version other than 1.x')
        : this.refuse(400, 'a malformed request line')
    }
    const minor = buffer[start + 7]! - 0x30
    if (minor < 0 || minor > 9 || buffer[start + 8] !== 0x0d || buffer[start + 9] !== 0x0a)
      return this.refuse(400, 'a malformed request line')
    this.isOld = minor === 0
    return start + 10
  }

  #check(buffer: Buffer): boolean {
    if (this.chunked && this.contentLength >= 0) {
      this.refuse(400, 'both Content-Length and Transfer-Encoding')
      return false
    }
    if (this.chunked && this.isOld) {
      this.refuse(400, 'Transfer-Encoding in an HTTP/1.0 request')
      return false
    }
    if (this.hostEnd < 0 && !this.isOld) {
      this.refuse(400, 'no Host header')
      return false
    }
    for (let position = this.hostStart; position < this.hostEnd; position++)
      if ((byteClass[buffer[position]!]! & HOST) === 0) {
        this.refuse(400, 'a malformed Host header')
        return false
      }
    const first = buffer[this.targetStart]
    if (first === 0x2f) return true
    return this.#checkOtherForm(buffer)
  }

  /** Absolute form (its authority replaces Host, RFC 9112 section 3.2.2), `*` and CONNECT's authority form. */
  #checkOtherForm(buffer: Buffer): boolean {
    if (this.method === 'CONNECT') {
      this.refuse(501, 'CONNECT')
      return false
    }
    if (buffer[this.targetStart] === 0x2a && this.targetEnd - this.targetStart === 1) {
      if (this.method === 'OPTIONS') return true
      this.refuse(400, 'a malformed request target')
      return false
    }
    const target = buffer.toString('latin1', this.targetStart, this.targetEnd)
    const match = /^https?:\/\/([^/?]+)/i.exec(target)
    if (!match) {
      this.refuse(400, 'a malformed request target')
      return false
    }
    const [prefix, authority = ''] = match
    for (let index = 0; index < authority.length; index++)
      if ((byteClass[authority.charCodeAt(index)]! & HOST) === 0) {
        this.refuse(400, 'a malformed request target')
        return false
      }
    this.pathStart = this.targetStart + prefix.length
    this.hostStart = this.pathStart - authority.length
    this.hostEnd = this.pathStart
    return true
  }
}
