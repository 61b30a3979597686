/** A registry does not give what was asked of it; the message says what it answered. */
export class RegistryError extends Error {
  override name = 'RegistryError'
  /** Of HTTP; 0 when there was no answer. */
  readonly status: number

  constructor(message: string, status: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
  }
}
