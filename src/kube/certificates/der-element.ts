/** One element of the Distinguished Encoding Rules of ASN.1 (X.690). */
export interface DerElement {
  /** The identifier octet: class, constructed or not, and number. */
  tag: number
  content: Buffer
  /** Tag, length and content. */
  whole: Buffer
}

/** What is read is not DER, or not what was asked for. */
export class DerError extends Error {
  override name = 'DerError'
}

/** Lengths above 2^32 cannot be: whole requests are far smaller. */
const MAX_LENGTH_BYTES = 4

/** The elements that follow each other in `bytes`, all of it. Throws DerError. */
export function derElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at)
    elements.push(element)
    at += element.whole.length
  }
  return elements
}

/** The one element that `bytes` are, of the wanted tag. Throws DerError. */
export function derElement(bytes: Buffer, tag: number): DerElement {
  const element = elementAt(bytes, 0)
  if (element.whole.length !== bytes.length) throw new DerError('trailing data')
  if (element.tag !== tag) throw new DerError(`tag ${element.tag} where ${tag} belongs`)
  return element
}

function elementAt(bytes: Buffer, at: number): DerElement {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) throw new DerError('data truncated')
  const lengthBytes = first & 0x80 ? first & 0x7f : 0
  if (first === 0x80 || lengthBytes > MAX_LENGTH_BYTES) throw new DerError('length is not definite')
  if (at + 2 + lengthBytes > bytes.length) throw new DerError('data truncated')
  const length = lengthBytes ? bytes.readUIntBE(at + 2, lengthBytes) : first
  const start = at + 2 + lengthBytes
  if (start + length > bytes.length) throw new DerError('data truncated')
  return {
    tag,
    content: bytes.subarray(start, start + length),
    whole: bytes.subarray(at, start + length),
  }
}

/** An object identifier as text: `2.5.4.3`. */
export function identifierText({ content }: DerElement): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 127)
    if (byte & 128) continue
    numbers.push(number)
    number = 0
  }
  const [first = 0, ...rest] = numbers
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join('.')
}
