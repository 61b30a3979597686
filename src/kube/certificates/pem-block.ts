export interface PemBlock {
  type: string
  /** Lines such as `Proc-Type: 4,ENCRYPTED` stand before the content. */
  hasHeaders: boolean
  bytes: Buffer
  /** What follows the block. */
  rest: string
}

const BEGIN = '-----BEGIN '
const DASHES = '-----'

/** The first block of a text in PEM (RFC 7468); undefined where there is none. */
export function pemBlock(text: string): PemBlock | undefined {
  const begin = text.indexOf(BEGIN)
  if (begin < 0) return undefined
  const typeEnd = text.indexOf(DASHES, begin + BEGIN.length)
  if (typeEnd < 0) return undefined
  const type = text.slice(begin + BEGIN.length, typeEnd)
  const footer = `-----END ${type}-----`
  const end = text.indexOf(footer, typeEnd)
  if (end < 0) return undefined
  const body = text.slice(typeEnd + DASHES.length, end)
  const hasHeaders = body.includes(':')
  if (!hasHeaders && !/^[\sA-Za-z0-9+/=]*$/.test(body)) return undefined
  return {
    type,
    hasHeaders,
    bytes: Buffer.from(hasHeaders ? body.slice(body.lastIndexOf('\n\n')) : body, 'base64'),
    rest: text.slice(end + footer.length),
  }
}
