/** Of the bytes that several connections are sent, made once for all of them. */
const framed = new WeakMap<Buffer, Buffer>()

/** A part of a body as a chunk (RFC 9112, section 7.1), in one piece, so that it is written at once. */
export function chunkOf(part: string | Buffer): Buffer {
  if (typeof part === 'string') return Buffer.from(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`)
  const known = framed.get(part)
  if (known) return known
  const chunk = Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, LINE_END])
  framed.set(part, chunk)
  return chunk
}

const LINE_END = Buffer.from('\r\n')
export const LAST_CHUNK = Buffer.from('0\r\n\r\n')
