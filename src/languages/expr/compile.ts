import type { BinaryOperator, Node } from './ast.ts'
import { Budget } from './budget.ts'
import { builtins } from './builtins/table.ts'
import { callMethod } from './builtins/time.ts'
import { compile as compilePattern, type Pattern } from '../re2/pattern.ts'
import { PatternError } from '../re2/pattern-error.ts'
import { ExprError, OperationError } from './expr-error.ts'
import {
  add,
  compare,
  divide,
  equal,
  fetch,
  isIn,
  modulo,
  multiply,
  negate,
  power,
  slice,
  subtract,
} from './operations.ts'
import { predicateShapes, runPredicate } from './predicates.ts'
import { toInt64, typeName, type Value, type ValueMap } from './value.ts'

/** What one evaluation works with: the caller's names, `let` variables, the current item of the predicate. */
export interface Frame {
  environment: ValueMap
  now(): number
  budget: Budget
  variables: Variables | undefined
  item: Item | undefined
}
interface Variables {
  name: string
  value: Value
  outer: Variables | undefined
}
interface Item {
  value: Value
  index: number
  accumulated: Value
}
export type Evaluate = (frame: Frame) => Value

// Thrown to the nearest chain when `?.` meets nil.
const nothing = new OperationError('optional chain ended')

interface Scope {
  source: string
  /** Names that the environment will hold. */
  names: ReadonlySet<string>
  variables: readonly string[]
}

/** Compiles a syntax tree to closures. Unknown names are found here. */
export function compileNode(node: Node, scope: Scope): Evaluate {
  const evaluate = compileBare(node, scope)
  return frame => {
    try {
      return evaluate(frame)
    } catch (error) {
      if (error instanceof OperationError && error !== nothing)
        throw new ExprError(error.message, scope.source, node.offset, { cause: error })
      throw error
    }
  }
}

function compileBare(node: Node, scope: Scope): Evaluate {
  const compile = (inner: Node) => compileNode(inner, scope)
  switch (node.type) {
    case 'nil':
      return () => null
    case 'literal':
      return () => node.value
    case 'name':
      return compileName(node.name, node.offset, scope)
    case 'pointer':
      return compilePointer(node.name)
    case 'unary':
      return compileUnary(node.operator, compile(node.operand))
    case 'binary':
      return compileBinary(node, scope)
    case 'member':
      return compileMember(compile(node.object), compile(node.property), node.optional)
    case 'chain':
      return compileChain(compile(node.node))
    case 'slice': {
      const [object, from, to] = [node.object, node.from, node.to].map(part => part && compile(part))
      return frame => slice(object?.(frame) ?? null, from?.(frame) ?? null, to?.(frame) ?? null)
    }
    case 'call':
      return compileCall(node, scope)
    case 'builtin':
      return predicateShapes.has(node.name) ? compilePredicate(node, scope) : compileBuiltin(node, scope)
    case 'conditional': {
      const [test, yes, no] = [compile(node.test), compile(node.yes), compile(node.no)]
      return frame => (truth(test(frame), 'condition') ? yes(frame) : no(frame))
    }
    case 'let':
      return compileLet(node, scope)
    case 'sequence': {
      const nodes = node.nodes.map(compile)
      return frame => nodes.reduce<Value>((_, evaluate) => evaluate(frame), null)
    }
    case 'array': {
      const items = node.items.map(compile)
      return frame => {
        frame.budget.spend(items.length)
        return items.map(item => item(frame))
      }
    }
    case 'map': {
      const pairs = node.pairs.map(({ key, value }) => [compile(key), compile(value)] as const)
      return frame => {
        frame.budget.spend(pairs.length)
        return new Map(pairs.map(([key, value]): [Value, Value] => [key(frame), value(frame)]))
      }
    }
  }
}

function truth(value: Value, what: string): boolean {
  if (typeof value !== 'boolean') throw new OperationError(`${what} should be bool (got ${typeName(value)})`)
  return value
}

function compileName(name: string, offset: number, { source, names, variables }: Scope): Evaluate {
  if (variables.includes(name))
    return frame => {
      let variable = frame.variables
      while (variable && variable.name !== name) variable = variable.outer
      return variable?.value ?? null
    }
  if (name === '$env') return frame => frame.environment
  if (!names.has(name)) throw new ExprError(`unknown name ${name}`, source, offset)
  return frame => frame.environment.get(name) ?? null
}

function compilePointer(name: '' | 'acc' | 'index'): Evaluate {
  if (name === 'acc') return frame => frame.item?.accumulated ?? null
  if (name === 'index') return frame => BigInt(frame.item?.index ?? 0)
  return frame => frame.item?.value ?? null
}

function compileUnary(operator: '-' | '+' | 'not', operand: Evaluate): Evaluate {
  if (operator === 'not') return frame => !truth(operand(frame), 'operand of not')
  if (operator === '-') return frame => negate(operand(frame))
  return frame => negate(negate(operand(frame)))
}

type Operation = (left: Value, right: Value, budget: Budget) => Value
const operations: Partial<Record<BinaryOperator, Operation>> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': (left, right) => compare('<', left, right),
  '>': (left, right) => compare('>', left, right),
  '<=': (left, right) => compare('<=', left, right),
  '>=': (left, right) => compare('>=', left, right),
  in: isIn,
  contains: ofStrings('contains', (text, part) => text.includes(part)),
  startsWith: ofStrings('startsWith', (text, part) => text.startsWith(part)),
  endsWith: ofStrings('endsWith', (text, part) => text.endsWith(part)),
  '..': range,
  '+': (left, right, budget) => {
    if (typeof left === 'string' && typeof right === 'string') budget.spend(left.length + right.length)
    return add(left, right)
  },
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': modulo,
  '**': power,
}

function ofStrings(operator: string, operate: (text: string, part: string) => boolean): Operation {
  return (left, right) => {
    if (typeof left !== 'string' || typeof right !== 'string')
      throw new OperationError(`invalid operation: ${typeName(left)} ${operator} ${typeName(right)}`)
    return operate(left, right)
  }
}

function range(from: Value, to: Value, budget: Budget): Value {
  if (typeof from !== 'bigint' || typeof to !== 'bigint')
    throw new OperationError(`invalid operation: ${typeName(from)} .. ${typeName(to)}`)
  const length = to < from ? 0 : Number(to - from) + 1
  budget.spend(length)
  return Array.from({ length }, (_, index) => toInt64(from + BigInt(index)))
}

function compileBinary(node: Extract<Node, { type: 'binary' }>, scope: Scope): Evaluate {
  if (node.operator === 'matches') return compileMatches(node, scope)
  const [left, right] = [compileNode(node.left, scope), compileNode(node.right, scope)]
  switch (node.operator) {
    case 'or':
      return frame => truth(left(frame), 'operand of or') || truth(right(frame), 'operand of or')
    case 'and':
      return frame => truth(left(frame), 'operand of and') && truth(right(frame), 'operand of and')
    case '??':
      return frame => left(frame) ?? right(frame)
  }
  const operate = operations[node.operator] as Operation // The rest are in the table.
  return frame => operate(left(frame), right(frame), frame.budget)
}

function compileMatches(node: Extract<Node, { type: 'binary' }>, scope: Scope): Evaluate {
  const [left, right] = [compileNode(node.left, scope), compileNode(node.right, scope)]
  let constant: Pattern | undefined
  if (node.right.type === 'literal' && typeof node.right.value === 'string')
    try {
      constant = compilePattern(node.right.value)
    } catch (error) {
      if (error instanceof PatternError) throw new ExprError(error.message, scope.source, node.right.offset)
      throw error
    }
  return frame => {
    const [text, pattern] = [left(frame), right(frame)]
    if (text === null) return false
    if (typeof text !== 'string' || typeof pattern !== 'string')
      throw new OperationError(`invalid operation: ${typeName(text)} matches ${typeName(pattern)}`)
    return matches(text, constant ?? patternIn(pattern, frame.budget), frame.budget)
  }
}

function patternIn(source: string, budget: Budget): Pattern {
  try {
    const pattern = compilePattern(source)
    budget.spend(pattern.size)
    return pattern
  } catch (error) {
    if (error instanceof PatternError) throw new OperationError(error.message, { cause: error })
    throw error
  }
}

function matches(text: string, pattern: Pattern, budget: Budget): boolean {
  budget.spend(text.length)
  const before = pattern.steps
  const result = pattern.test(text)
  budget.spend(pattern.steps - before)
  return result
}

function compileMember(object: Evaluate, property: Evaluate, optional: boolean): Evaluate {
  return frame => {
    const value = object(frame)
    if (value === null && optional) throw nothing
    return fetch(value, property(frame))
  }
}

function compileChain(inner: Evaluate): Evaluate {
  return frame => {
    try {
      return inner(frame)
    } catch (error) {
      if (error === nothing) return null
      throw error
    }
  }
}

function compileCall(node: Extract<Node, { type: 'call' }>, scope: Scope): Evaluate {
  const { callee } = node
  const args = node.args.map(arg => compileNode(arg, scope))
  if (callee.type === 'member') {
    const object = compileNode(callee.object, scope)
    const name = compileNode(callee.property, scope)
    return frame => {
      const target = object(frame)
      if (target === null && callee.optional) throw nothing
      const method = name(frame)
      return callMethod(
        target,
        typeof method === 'string' ? method : '',
        args.map(arg => arg(frame)),
      )
    }
  }
  const target = compileNode(callee, scope)
  const called = callee.type === 'name' ? callee.name : 'value'
  return frame => {
    const callable = target(frame)
    if (typeof callable !== 'function')
      throw new OperationError(`${called} is not callable (got ${typeName(callable)})`)
    return callable(...args.map(arg => arg(frame)))
  }
}

function compileBuiltin(node: Extract<Node, { type: 'builtin' }>, scope: Scope): Evaluate {
  const builtin = builtins.get(node.name)
  if (!builtin) throw new ExprError(`unknown function ${node.name}`, scope.source, node.offset)
  const { least, most, run } = builtin
  if (node.args.length < least || node.args.length > most) {
    const expected =
      least === most
        ? `${least}`
        : most === Number.POSITIVE_INFINITY
          ? `at least ${least}`
          : `${least} to ${most}`
    throw new ExprError(
      `invalid number of arguments for ${node.name} (expected ${expected}, got ${node.args.length})`,
      scope.source,
      node.offset,
    )
  }
  const args = node.args.map(arg => compileNode(arg, scope))
  return frame =>
    run(
      args.map(arg => arg(frame)),
      frame,
    )
}

function compilePredicate(node: Extract<Node, { type: 'builtin' }>, scope: Scope): Evaluate {
  const [collection, predicate, extra] = node.args.map(arg => compileNode(arg, scope))
  return frame =>
    runPredicate(node.name, collection?.(frame) ?? null, {
      visit:
        predicate &&
        ((value, index, accumulated) => predicate({ ...frame, item: { value, index, accumulated } })),
      extra: extra?.(frame),
      budget: frame.budget,
    })
}

function compileLet(node: Extract<Node, { type: 'let' }>, scope: Scope): Evaluate {
  if (scope.names.has(node.name) || scope.variables.includes(node.name))
    throw new ExprError(`cannot redeclare ${node.name}`, scope.source, node.offset)
  const value = compileNode(node.value, scope)
  const body = compileNode(node.body, { ...scope, variables: [...scope.variables, node.name] })
  return frame =>
    body({ ...frame, variables: { name: node.name, value: value(frame), outer: frame.variables } })
}

/** A fresh frame for one evaluation. */
export const newFrame = (environment: ValueMap, now: () => number): Frame => ({
  environment,
  now,
  budget: new Budget(),
  variables: undefined,
  item: undefined,
})
