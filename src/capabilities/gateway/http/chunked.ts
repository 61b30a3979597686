import { byteClass, VALUE } from './byte-class.ts'

const SIZE = 0
const EXTENSION = 1
const SIZE_END = 2
const DATA = 3
const DATA_CR = 4
const DATA_LF = 5
const TRAILER = 6
const TRAILER_LINE = 7
const TRAILER_LF = 8
const END_LF = 9
const DONE = 10

/** Extensions of one chunk and all trailers of one body may be this long. */
const MAX_EXTENSION_BYTES = 1024
const MAX_TRAILER_BYTES = 16 * 1024
/** 2^48 bytes: far over any body, far under what loses precision. */
const MAX_SIZE_DIGITS = 12

/** Follows the framing of a chunked body (RFC 9112 section 7.1) without copying it. */
export class ChunkedBody {
  #state: number = SIZE
  #remaining = 0
  #digits = 0
  #extra = 0

  get isDone(): boolean {
    return this.#state === DONE
  }

  /**
   * Looks at the bytes from `start` to `end`. Returns the position after the last one that belongs to the body,
   * or -1 when the framing is broken. Decoded data is appended to `data` when that is given.
   */
  scan(buffer: Buffer, start: number, end: number, data?: Buffer[]): number {
    let position = start
    while (position < end) {
      const byte = buffer[position]!
      switch (this.#state) {
        case SIZE: {
          const digit = hexDigit(byte)
          if (digit >= 0) {
            if (++this.#digits > MAX_SIZE_DIGITS) return -1
            this.#remaining = this.#remaining * 16 + digit
          } else if (this.#digits === 0) return -1
          else if (byte === 0x0d) this.#state = SIZE_END
          else if (byte === 0x3b) {
            this.#state = EXTENSION
            this.#extra = 0
          } else return -1
          position++
          break
        }
        case EXTENSION:
          if (byte === 0x0d) this.#state = SIZE_END
          else if ((byteClass[byte]! & VALUE) === 0 || ++this.#extra > MAX_EXTENSION_BYTES) return -1
          position++
          break
        case SIZE_END:
          if (byte !== 0x0a) return -1
          this.#digits = 0
          this.#extra = 0
          this.#state = this.#remaining === 0 ? TRAILER : DATA
          position++
          break
        case DATA: {
          const length = Math.min(this.#remaining, end - position)
          data?.push(buffer.subarray(position, position + length))
          position += length
          this.#remaining -= length
          if (this.#remaining === 0) this.#state = DATA_CR
          break
        }
        case DATA_CR:
          if (byte !== 0x0d) return -1
          this.#state = DATA_LF
          position++
          break
        case DATA_LF:
          if (byte !== 0x0a) return -1
          this.#state = SIZE
          position++
          break
        case TRAILER:
          if (byte === 0x20 || byte === 0x09) return -1
          this.#state = byte === 0x0d ? END_LF : TRAILER_LINE
          if (this.#state === END_LF) position++
          break
        case TRAILER_LINE:
          if (byte === 0x0d) this.#state = TRAILER_LF
          else if ((byteClass[byte]! & VALUE) === 0) return -1
          if (++this.#extra > MAX_TRAILER_BYTES) return -1
          position++
          break
        case TRAILER_LF:
          if (byte !== 0x0a) return -1
          this.#state = TRAILER
          position++
          break
        case END_LF:
          if (byte !== 0x0a) return -1
          this.#state = DONE
          return position + 1
        default:
          return position
      }
    }
    return position
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
