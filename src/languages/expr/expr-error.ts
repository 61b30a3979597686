/** A mistake in an expression, or a failure while it ran: message, place and the line with a caret under the place. */
export class ExprError extends Error {
  override name = 'ExprError'
  readonly line: number
  readonly column: number
  /** The message without the place. */
  readonly reason: string

  constructor(reason: string, source: string, offset: number, options?: ErrorOptions) {
    const before = source.slice(0, offset).split('\n')
    const line = before.length
    const column = (before.at(-1) ?? '').length + 1
    const text = source.split('\n')[line - 1] ?? ''
    const caret = ' '.repeat(column - 1) + '^'
    super(`${reason} (${line}:${column})\n | ${text}\n | ${caret}`, options)
    this.reason = reason
    this.line = line
    this.column = column
  }
}

/** A failing operation that does not know where it stands in the source; the evaluator adds the place. */
export class OperationError extends Error {
  override name = 'OperationError'
}
