import { isLabelName, unquote } from './string-literal.ts'
import { isComparison, isSetOperator, type VectorMatching } from './syntax.ts'
import type { TokenStream } from './token-stream.ts'

/** How tightly operators bind; `^` is the only one that groups to the right. */
const PRECEDENCE: Record<string, number> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
export const POWER_PRECEDENCE = 6

/** The precedence of the operator at this place, or undefined when there is none. */
export function precedenceAt(tokens: TokenStream): number | undefined {
  const token = tokens.peek()
  return token.type === 'operator' ? PRECEDENCE[token.text] : undefined
}

export interface Modifiers {
  returnBool: boolean
  matching: VectorMatching
  /** Whether `on`, `ignoring` or a group was written. */
  explicit: boolean
}

/** What may stand between an operator and its right side: `bool`, `on (…)`, `ignoring (…)`, `group_left (…)`. */
export function parseModifiers(tokens: TokenStream, operator: string): Modifiers {
  const returnBool = tokens.is('bool')
  if (returnBool) {
    if (!isComparison(operator))
      tokens.fail(tokens.peek(), 'bool modifier can only be used on comparison operators')
    tokens.take()
  }
  const on = tokens.is('on')
  const explicit = on || tokens.is('ignoring')
  let labels: readonly string[] = []
  let include: readonly string[] = []
  let cardinality: VectorMatching['cardinality'] = isSetOperator(operator) ? 'many-to-many' : 'one-to-one'
  if (explicit) {
    tokens.take()
    labels = parseLabelList(tokens)
    if (tokens.is('group_left') || tokens.is('group_right')) {
      const side = tokens.take()
      if (isSetOperator(operator)) tokens.fail(side, `no grouping allowed for "${operator}" operation`)
      cardinality = side.text === 'group_left' ? 'many-to-one' : 'one-to-many'
      if (tokens.is('(')) include = parseLabelList(tokens)
      for (const label of include)
        if (on && labels.includes(label))
          tokens.fail(side, `label "${label}" must not occur in ON and GROUP clause at once`)
    }
  }
  if (/^fill(?:_left|_right)?$/.test(tokens.peek().text) && tokens.is('(', 1))
    tokens.fail(tokens.peek(), 'binop fill modifiers are experimental and not enabled')
  return { returnBool, matching: { cardinality, labels, on, include }, explicit }
}

/** `(label, …)`, where keywords and quoted names are labels too. */
export function parseLabelList(tokens: TokenStream): readonly string[] {
  tokens.expect('(', 'grouping opts')
  const labels: string[] = []
  while (!tokens.is(')')) {
    labels.push(parseLabel(tokens))
    if (tokens.is(')')) break
    tokens.expect(',', 'grouping opts', '"," or ")"')
  }
  tokens.take()
  return labels
}

function parseLabel(tokens: TokenStream): string {
  const token = tokens.peek()
  const isWord = /^[A-Za-z_]\w*$/.test(token.text) && token.type !== 'error'
  if (!isWord && token.type !== 'string') tokens.unexpected('grouping opts', 'label')
  tokens.take()
  // Keywords and operators are kept in lower case, but a label is as it was written.
  if (isWord) return tokens.query.slice(token.start, token.end)
  const name = unquote(token.text) ?? ''
  return isLabelName(name) ? name : tokens.fail(token, `invalid label name: ${token.text}`)
}
