import { byteClass, TOKEN, VALUE } from './byte-class.ts'
import { equalsIgnoringCase, Field, fieldAt } from './field-name.ts'

/** Heads longer than this are refused (431), whichever side sends them. */
export const MAX_HEAD_BYTES = 64 * 1024
/** More fields than this are refused (431): each costs work, and 64 KiB could hold 16,000. */
const MAX_FIELDS = 1000
/** Each name is looked for among all fields. */
const MAX_NOMINATED = 32

const token = (text: string) => Buffer.from(text, 'latin1')
const CLOSE = token('close')
const KEEP_ALIVE = token('keep-alive')
const UPGRADE = token('upgrade')
const CHUNKED = token('chunked')

/** A refused head: the status to answer with, and why, in words. */
export interface Refusal {
  status: number
  because: string
}

/**
 * The header fields of one head, as offsets into the buffer it was read from. Reading a head overwrites the last
 * one, so one instance serves all connections: it is used up before the next bytes are looked at.
 */
export class Fields {
  count = 0
  /** Four a field: start and end of the name, start and end of the value. */
  readonly offsets = new Int32Array(4 * MAX_FIELDS)
  readonly kinds = new Uint8Array(MAX_FIELDS)
  /** Declared body length; -1 without a Content-Length. */
  contentLength = -1
  chunked = false
  connectionClose = false
  connectionKeepAlive = false
  connectionUpgrade = false
  /** Other names in a Connection field: those fields are hop-by-hop too. */
  nominated: string[] | undefined
  /** Whether any field is hop-by-hop or replaced by the proxy, so that the head cannot pass as it is. */
  hasHopByHop = false
  hostStart = 0
  hostEnd = -1
  /** Index of a field of its kind, or -1. */
  cookieIndex = -1
  keepAliveIndex = -1
  upgradeIndex = -1
  forwardedForIndex = -1
  refusal: Refusal | undefined

  reset(): void {
    this.count = 0
    this.contentLength = -1
    this.chunked = false
    this.connectionClose = false
    this.connectionKeepAlive = false
    this.connectionUpgrade = false
    this.nominated = undefined
    this.hasHopByHop = false
    this.hostStart = 0
    this.hostEnd = -1
    this.cookieIndex = -1
    this.keepAliveIndex = -1
    this.upgradeIndex = -1
    this.forwardedForIndex = -1
    this.refusal = undefined
  }

  /** Position after the empty line that ends the fields, 0 when it is not there yet, -1 when refused. */
  parse(buffer: Buffer, from: number, end: number): number {
    let position = from
    for (;;) {
      if (position >= end) return 0
      const first = buffer[position]!
      if (first === 0x0d) {
        if (position + 1 >= end) return 0
        if (buffer[position + 1] !== 0x0a) return this.refuse(400, 'a carriage return without a line feed')
        return position + 2
      }
      // RFC 9112 section 5.2: obsolete line folding is refused. Section 2.2: so is a bare line feed.
      if (first === 0x20 || first === 0x09) return this.refuse(400, 'a folded header line')
      const nameStart = position
      while (position < end && (byteClass[buffer[position]!]! & TOKEN) !== 0) position++
      if (position >= end) return 0
      if (buffer[position] !== 0x3a || position === nameStart)
        return this.refuse(400, 'a malformed header name')
      const nameEnd = position++
      while (position < end && (buffer[position] === 0x20 || buffer[position] === 0x09)) position++
      const valueStart = position
      while (position < end && (byteClass[buffer[position]!]! & VALUE) !== 0) position++
      if (position + 1 >= end) return 0
      if (buffer[position] !== 0x0d || buffer[position + 1] !== 0x0a)
        return this.refuse(400, 'a control character in a header value')
      let valueEnd = position
      while (valueEnd > valueStart && (buffer[valueEnd - 1] === 0x20 || buffer[valueEnd - 1] === 0x09))
        valueEnd--
      position += 2
      if (this.count === MAX_FIELDS) return this.refuse(431, `more than ${MAX_FIELDS} header fields`)
      const index = this.count++
      const offset = index * 4
      this.offsets[offset] = nameStart
      this.offsets[offset + 1] = nameEnd
      this.offsets[offset + 2] = valueStart
      this.offsets[offset + 3] = valueEnd
      const kind = fieldAt(buffer, nameStart, nameEnd)
      this.kinds[index] = kind
      if (kind !== Field.OTHER && !this.#note(buffer, index, kind, valueStart, valueEnd)) return -1
    }
  }

  refuse(status: number, because: string): -1 {
    this.refusal = { status, because }
    return -1
  }

  name(buffer: Buffer, index: number): string {
    return buffer.toString('latin1', this.offsets[index * 4], this.offsets[index * 4 + 1])
  }
  value(buffer: Buffer, index: number): string {
    return buffer.toString('latin1', this.offsets[index * 4 + 2], this.offsets[index * 4 + 3])
  }

  /** Values of all fields with this lower-case name, joined as RFC 9110 section 5.3 allows; undefined when absent. */
  joined(buffer: Buffer, name: string): string | undefined {
    let found: string | undefined
    for (let index = 0; index < this.count; index++) {
      if (this.offsets[index * 4 + 1]! - this.offsets[index * 4]! !== name.length) continue
      if (this.name(buffer, index).toLowerCase() !== name) continue
      const value = this.value(buffer, index)
      found = found === undefined ? value : `${found},${value}`
    }
    return found
  }

  #note(buffer: Buffer, index: number, kind: Field, start: number, end: number): boolean {
    switch (kind) {
      case Field.HOST:
        if (this.hostEnd >= 0) return this.#refused(400, 'more than one Host header')
        this.hostStart = start
        this.hostEnd = end
        return true
      case Field.CONTENT_LENGTH:
        return this.#noteContentLength(buffer, start, end)
      case Field.TRANSFER_ENCODING:
        if (this.chunked) return this.#refused(400, 'more than one Transfer-Encoding header')
        if (end - start !== CHUNKED.length || !equalsIgnoringCase(buffer, start, CHUNKED))
          return this.#refused(501, 'a transfer coding other than chunked')
        this.chunked = true
        return true
      case Field.CONNECTION:
        this.hasHopByHop = true
        return this.#noteConnection(buffer, start, end)
      case Field.COOKIE:
        this.cookieIndex = index
        return true
      case Field.X_FORWARDED_FOR:
        this.hasHopByHop = true
        this.forwardedForIndex = index
        return true
      case Field.UPGRADE:
        this.hasHopByHop = true
        this.upgradeIndex = index
        return true
      case Field.KEEP_ALIVE:
        this.hasHopByHop = true
        this.keepAliveIndex = index
        return true
      default:
        this.hasHopByHop = true
        return true
    }
  }

  #noteContentLength(buffer: Buffer, start: number, end: number): boolean {
    // RFC 9112 section 6.3 lets equal repeated lengths pass; refusing them all leaves nothing to disagree on.
    if (this.contentLength >= 0) return this.#refused(400, 'more than one Content-Length header')
    if (start === end || end - start > 15) return this.#refused(400, 'a malformed Content-Length')
    let length = 0
    for (let position = start; position < end; position++) {
      const digit = buffer[position]! - 0x30
      if (digit < 0 || digit > 9) return this.#refused(400, 'a malformed Content-Length')
      length = length * 10 + digit
    }
    this.contentLength = length
    return true
  }

  #noteConnection(buffer: Buffer, from: number, end: number): boolean {
    let position = from
    while (position < end) {
      const byte = buffer[position]!
      if (byte === 0x20 || byte === 0x09 || byte === 0x2c) {
        position++
        continue
      }
      const start = position
      while (position < end && (byteClass[buffer[position]!]! & TOKEN) !== 0) position++
      if (position === start) return this.#refused(400, 'a malformed Connection header')
      const length = position - start
      if (length === KEEP_ALIVE.length && equalsIgnoringCase(buffer, start, KEEP_ALIVE))
        this.connectionKeepAlive = true
      else if (length === CLOSE.length && equalsIgnoringCase(buffer, start, CLOSE))
        this.connectionClose = true
      else if (length === UPGRADE.length && equalsIgnoringCase(buffer, start, UPGRADE))
        this.connectionUpgrade = true
      else {
        this.nominated ??= []
        if (this.nominated.length === MAX_NOMINATED)
          return this.#refused(400, `more than ${MAX_NOMINATED} names in Connection`)
        this.nominated.push(buffer.toString('latin1', start, position).toLowerCase())
      }
    }
    return true
  }

  #refused(status: number, because: string): false {
    this.refuse(status, because)
    return false
  }
}
