/** Why something of a route or gateway cannot be used: the reason of a condition, and a sentence that names the place. */
export interface Problem {
  reason: string
  message: string
}

/** Stops the compilation of a route: it is refused whole. */
export class RefusedError extends Error {
  override name = 'RefusedError'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}
export const unsupported = (message: string): RefusedError => new RefusedError('UnsupportedValue', message)
