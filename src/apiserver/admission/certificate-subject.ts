const PEM = /-----BEGIN CERTIFICATE REQUEST-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE REQUEST-----/
/** id-at-organizationName, 2.5.4.10. */
const ORGANIZATION = Buffer.from([0x55, 0x04, 0x0a])

interface Element {
  content: Buffer
  /** What follows it. */
  rest: Buffer
}

/** The organizations in the subject of a PKCS #10 request in PEM (RFC 2986); undefined where it is none. */
export function organizationsIn(pem: string): string[] | undefined {
  const match = PEM.exec(pem)
  if (!match) return undefined
  try {
    const info = read(read(Buffer.from(match[1] ?? '', 'base64')).content)
    const version = read(info.content)
    const subject = read(version.rest)
    return all(subject.content).flatMap(set => all(set.content).flatMap(organizationIn))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function organizationIn({ content }: Element): string[] {
  const type = read(content)
  return type.content.equals(ORGANIZATION) ? [read(type.rest).content.toString()] : []
}

function all(bytes: Buffer): Element[] {
  const elements: Element[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const element = read(rest)
    elements.push(element)
    rest = element.rest
  }
  return elements
}

/** One element of DER; throws RangeError where the bytes end too early. */
function read(bytes: Buffer): Element {
  const first = bytes.readUInt8(1)
  const lengthBytes = first & 0x80 ? first & 0x7f : 0
  const length = lengthBytes ? bytes.readUIntBE(2, lengthBytes) : first
  const start = 2 + lengthBytes
  if (start + length > bytes.length) throw new RangeError('an element is longer than what holds it')
  return {
    content: bytes.subarray(start, start + length),
    rest: bytes.subarray(start + length),
  }
}
