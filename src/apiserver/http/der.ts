/** Distinguished Encoding Rules of ASN.1 (X.690): as much as certificates need. Every function yields one whole element. */

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(length: number): Buffer {
  if (length < 128) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 255)
  return Buffer.from([128 | bytes.length, ...bytes])
}

export const SEQUENCE = 0x30

export const sequence = (...items: Buffer[]): Buffer => element(SEQUENCE, Buffer.concat(items))
export const set = (...items: Buffer[]): Buffer => element(0x31, Buffer.concat(items))
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 255 : 0]))
export const octets = (bytes: Buffer): Buffer => element(0x04, bytes)
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text))
/** Context-specific and constructed, around whole elements. */
export const tagged = (number: number, ...items: Buffer[]): Buffer =>
  element(0xa0 | number, Buffer.concat(items))
/** Context-specific and primitive: the content without its own tag. */
export const implicit = (number: number, content: Buffer): Buffer => element(0x80 | number, content)

/** A whole number that is not negative. */
export function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const short = bytes.subarray(start)
  return element(0x02, (short[0] ?? 0) & 128 ? Buffer.concat([Buffer.from([0]), short]) : short)
}

/** `unused` bits at the end do not count. */
export const bits = (bytes: Buffer, unused = 0): Buffer =>
  element(0x03, Buffer.concat([Buffer.from([unused]), bytes]))

/** An object identifier such as `2.5.4.3`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(number: number): number[] {
  const bytes = [number & 127]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) bytes.unshift(128 | (rest & 127))
  return bytes
}

/** UTCTime before 2050, GeneralizedTime from then on, as RFC 5280 4.1.2.5 demands. */
export function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  return text < '2050' ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text))
}
