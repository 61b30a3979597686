import { SIGNATURES, type Signature } from './signatures.ts'
import {
  type Aggregation,
  type Binary,
  type Call,
  type Expression,
  isComparison,
  isSetOperator,
  type Span,
  type ValueType,
} from './syntax.ts'
import type { Token } from './token.ts'
import type { TokenStream } from './token-stream.ts'

/** The type of value an expression yields. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'selector':
    case 'aggregation':
      return 'instant vector'
    case 'matrix':
    case 'subquery':
      return 'range vector'
    case 'call':
      return SIGNATURES.get(expression.name)?.returns ?? 'instant vector'
    case 'unary':
    case 'parenthesis':
      return typeOf(expression.expression)
    case 'binary':
      return typeOf(expression.left) === 'scalar' && typeOf(expression.right) === 'scalar'
        ? 'scalar'
        : 'instant vector'
  }
}

function expectType(tokens: TokenStream, expression: Expression, wanted: ValueType, context: string): void {
  const actual = typeOf(expression)
  if (actual !== wanted) tokens.fail(expression, `expected type ${wanted} in ${context}, got ${actual}`)
}

function binary(tokens: TokenStream, node: Binary, written: { token: Token; explicit: boolean }): void {
  const [left, right] = [typeOf(node.left), typeOf(node.right)]
  const scalars = left === 'scalar' && right === 'scalar'
  if (isComparison(node.operator) && !node.returnBool && scalars)
    tokens.fail(written.token, 'comparisons between scalars must use BOOL modifier')
  for (const side of [node.left, node.right]) {
    const type = typeOf(side)
    if (type !== 'scalar' && type !== 'instant vector')
      tokens.fail(side, 'binary expression must contain only scalar and instant vector types')
  }
  if (left === 'instant vector' && right === 'instant vector') return
  if (written.explicit) tokens.fail(node, 'vector matching only allowed between instant vectors')
  node.matching = undefined
  if (isSetOperator(node.operator))
    tokens.fail(node, `set operator "${node.operator}" not allowed in binary scalar expression`)
}

function unary(tokens: TokenStream, node: Span, operand: Expression): void {
  const type = typeOf(operand)
  if (type !== 'scalar' && type !== 'instant vector')
    tokens.fail(
      node,
      `unary expression only allowed on expressions of type scalar or instant vector, got "${type}"`,
    )
}

function subquery(tokens: TokenStream, operand: Expression): void {
  const type = typeOf(operand)
  if (type !== 'instant vector')
    tokens.fail(operand, `subquery is only allowed on instant vector, got ${type} instead`)
}

function call(tokens: TokenStream, node: Call, signature: Signature): void {
  const most = signature.args.length
  const least = most - signature.optional
  const given = node.args.length
  const inCall = `argument(s) in call to "${node.name}"`
  if (signature.optional === 0 && given !== most)
    tokens.fail(node, `expected ${most} ${inCall}, got ${given}`)
  if (given < least) tokens.fail(node, `expected at least ${least} ${inCall}, got ${given}`)
  if (given > most && !signature.many) tokens.fail(node, `expected at most ${most} ${inCall}, got ${given}`)
  for (const [index, argument] of node.args.entries()) {
    const wanted = signature.args[Math.min(index, most - 1)] ?? 'scalar'
    expectType(tokens, argument, wanted, `call to function "${node.name}"`)
  }
}

type Headless = Omit<Aggregation, 'expression' | 'parameter'>

const PARAMETER: Partial<Record<Aggregation['operator'], ValueType>> = {
  topk: 'scalar',
  bottomk: 'scalar',
  quantile: 'scalar',
  count_values: 'string',
}

function aggregation(tokens: TokenStream, head: Headless, args: readonly Expression[]): Aggregation {
  const wanted = PARAMETER[head.operator]
  const count = wanted ? 2 : 1
  const expression = args.at(-1)
  if (!expression) return tokens.fail(head, 'no arguments for aggregate expression provided')
  if (args.length !== count)
    tokens.fail(
      head,
      `wrong number of arguments for aggregate expression provided, expected ${count}, got ${args.length}`,
    )
  expectType(tokens, expression, 'instant vector', 'aggregation expression')
  const parameter = wanted ? args[0] : undefined
  if (wanted && parameter) expectType(tokens, parameter, wanted, 'aggregation parameter')
  return { ...head, expression, parameter }
}

/** The rules on types, applied as each node is built so that the first mistake is the one reported. */
export const checkTypes = { binary, unary, subquery, call, aggregation }
