import { createInflate, type Inflate } from 'node:zlib'
import { headerDictionary } from './dictionary.ts'
import { SpdyError } from './spdy-error.ts'

/** Headers of a stream by name in lower case. */
export type SpdyHeaders = ReadonlyMap<string, string>

const MAX_BYTES = 64 * 1024
const MAX_HEADERS = 256

/** Reads the header blocks of one direction of a connection, which are one zlib stream. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: headerDictionary })

  /** Throws SpdyError for what is no header block, or is too long. Not to be called before the last call has resolved. */
  async read(block: Buffer): Promise<SpdyHeaders> {
    return parseHeaders(await this.#inflated(block))
  }

  #inflated(block: Buffer): Promise<Buffer> {
    const inflate = this.#inflate
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      let size = 0
      const fail = (message: string) => settle(() => reject(new SpdyError(`header block: ${message}`)))
      const broken = (error: Error) => fail(error.message)
      const take = () => {
        // Buffers, as no encoding is set.
        for (let part = inflate.read() as Buffer | null; part; part = inflate.read() as Buffer | null) {
          parts.push(part)
          size += part.length
          if (size > MAX_BYTES) return fail(`longer than ${MAX_BYTES} bytes`)
        }
      }
      const settle = (then: () => void) => {
        inflate.off('error', broken).off('readable', take)
        then()
      }
      inflate.on('error', broken).on('readable', take)
      inflate.write(block, () => {
        take()
        settle(() => resolve(Buffer.concat(parts)))
      })
    })
  }

  [Symbol.dispose](): void {
    this.#inflate.on('error', () => {}).destroy()
  }
}

function parseHeaders(block: Buffer): SpdyHeaders {
  let at = 0
  const number = (): number => {
    if (at + 4 > block.length) throw new SpdyError('header block: cut short')
    at += 4
    return block.readUInt32BE(at - 4)
  }
  const text = (): string => {
    const length = number()
    if (at + length > block.length) throw new SpdyError('header block: cut short')
    at += length
    return block.toString('latin1', at - length, at)
  }
  const count = number()
  if (count > MAX_HEADERS) throw new SpdyError(`header block: more than ${MAX_HEADERS} headers`)
  const headers = new Map<string, string>()
  for (let index = 0; index < count; index++) {
    const name = text()
    headers.set(name.toLowerCase(), text())
  }
  return headers
}

/** RFC 1950: deflate with a window of 32 KiB, no dictionary. */
const ZLIB_HEADER = [0x78, 0x01]
/** RFC 1951: an empty stored block, which says that what came before it is to be handed out. */
const FLUSH = [0, 0, 0, 0xff, 0xff]

/** Writes the empty header blocks that replies carry. They are not worth compressing: RFC 1951 stored blocks. */
export class EmptyHeaderWriter {
  #isFirst = true

  write(): Buffer {
    const empty = [0, 0, 0, 0]
    const stored = [0, empty.length, 0, ~empty.length & 0xff, 0xff, ...empty, ...FLUSH]
    const block = Buffer.from(this.#isFirst ? [...ZLIB_HEADER, ...stored] : stored)
    this.#isFirst = false
    return block
  }
}
