import { apiError } from '../../kube/status.ts'

/** Where the next page of a list begins. Opaque to clients. */
export interface Position {
  /** The revision that the first page showed. */
  revision: number
  /** The last key that was shown. */
  afterKey: string
}

export const encodePosition = ({ revision, afterKey }: Position): string =>
  Buffer.from(JSON.stringify({ v: 1, rv: revision, after: afterKey })).toString('base64url')

export function decodePosition(token: string): Position {
  try {
    const { v, rv, after } = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (v === 1 && Number.isSafeInteger(rv) && typeof after === 'string')
      return { revision: rv, afterKey: after }
  } catch {
    // Refused below.
  }
  throw apiError('BadRequest', 'continue key is not valid: it was not given out by this server')
}
