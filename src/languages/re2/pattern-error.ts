/** A pattern that RE2 refuses. The message has Go's words: `error parsing regexp: missing closing ]: …`. */
export class PatternError extends Error {
  override name = 'PatternError'

  constructor(reason: string, where?: string) {
    super(`error parsing regexp: ${reason}${where === undefined ? '' : `: \`${where}\``}`)
  }
}
