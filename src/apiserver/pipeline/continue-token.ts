import { apiError } from '../../kube/status.ts'

/** Where the next page of a list begins. */
export interface Position {
  /** The revision that the first page showed; negative: the newest, whatever changed since. */
  revision: number
  /** The first key that may be on the page, relative to what is listed: `name\0`, or `namespace/name\0`. */
  start: string
}

const VERSION = 'meta.k8s.io/v1'

/** A token as kube-apiserver gives them out (`storage/continue.go`). */
export const encodePosition = ({ revision, start }: Position): string =>
  Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start: `/${start}` })).toString('base64url')

/** Throws ApiError BadRequest for what is no token. */
export function decodePosition(token: string): Position {
  const { v, rv, start } = parse(token)
  if (v !== VERSION) throw refused(`: server does not recognize this encoded version ${String(v)}`)
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw refused(`: incorrect encoded start resourceVersion (version ${VERSION})`)
  if (typeof start !== 'string' || start === '')
    throw refused(`: encoded start key empty (version ${VERSION})`)
  const key = start.replace(/^\//, '')
  // A path that leads elsewhere was not given out by any server.
  if (key.split('/').some(part => part === '' || part === '.' || part === '..')) throw refused(`: ${start}`)
  return { revision: rv, start: key }
}

function parse(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  try {
    return Object(JSON.parse(text))
  } catch (error) {
    throw refused(`: ${goSyntaxError(text)}`, error)
  }
}

/** In the words of Go's decoder, of a text that does not begin as JSON. */
const goSyntaxError = (text: string): string =>
  text === ''
    ? 'unexpected end of JSON input'
    : `invalid character '${text.charAt(0)}' looking for beginning of value`

const refused = (why: string, cause?: unknown) =>
  apiError('BadRequest', `invalid continue token: continue key is not valid${why}`, {}, cause)
