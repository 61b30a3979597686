/** Something wrong with an expression, at an offset of its text. */
export interface Issue {
  readonly offset: number
  readonly message: string
}

/** An expression that does not parse. */
export class SyntaxIssue extends Error {
  override readonly name = 'SyntaxIssue'
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** What an evaluation failed with: `no such key: x`, `integer overflow`. `||`, `&&` and macros may absorb it. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
}

/** The evaluation has used up its budget; nothing absorbs it. */
export class CostExceeded extends Error {
  override readonly name = 'CostExceeded'
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

export const noSuchOverload = (): EvaluationError => new EvaluationError('no such overload')

const MAX_SNIPPET = 16_384

/** All issues as cel-go prints them, each with its line and a caret under the place. */
export function formatIssues(expression: string, issues: readonly Issue[]): string {
  return [...issues]
    .sort((a, b) => a.offset - b.offset)
    .map(issue => formatIssue(expression, issue))
    .join('\n')
}

function formatIssue(expression: string, { offset, message }: Issue): string {
  const before = expression.slice(0, offset).split('\n')
  const column = [...(before.at(-1) ?? '')].length
  const line = expression.split('\n')[before.length - 1] ?? ''
  const head = `ERROR: <input>:${before.length}:${column + 1}: ${message}`
  if (line.length > MAX_SNIPPET) return head
  const characters = [...line.replaceAll('\t', ' ')]
  const isWide = (character: string | undefined) => character !== undefined && character > '\u007f'
  // Wide characters have wide dots below them, so that the caret stands in its place.
  const dots = characters.slice(0, column).map(character => (isWide(character) ? '．' : '.'))
  return `${head}\n | ${characters.join('')}\n | ${dots.join('')}${isWide(characters[column]) ? '＾' : '^'}`
}
