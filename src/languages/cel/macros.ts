import { SyntaxIssue } from './cel-error.ts'
import type { Call, Comprehension, Expression } from './syntax.ts'
import type { Value } from './value.ts'

const RESULT = '@result'
const SORTED = '@__sortBy_input__'

/** What a macro call stands for, or undefined where the call is none. Throws SyntaxIssue for wrong arguments. */
export function expandMacro(call: Call): Expression | undefined {
  const { name, target, arguments: given } = call
  if (!target) return name === 'has' && given.length === 1 ? has(given[0] as Expression) : undefined
  if (name === 'bind' && target.kind === 'identifier' && target.name === 'cel' && given.length === 3)
    return bind(call, given as [Expression, Expression, Expression])
  switch (`${name}/${given.length}`) {
    case 'all/2':
    case 'all/3':
    case 'exists/2':
    case 'exists/3':
    case 'exists_one/2':
    case 'exists_one/3':
    case 'existsOne/3':
      return quantifier(call, target)
    case 'map/2':
    case 'map/3':
    case 'filter/2':
    case 'transformList/3':
    case 'transformList/4':
      return collect(call, target)
    case 'transformMap/3':
    case 'transformMap/4':
    case 'transformMapEntry/3':
    case 'transformMapEntry/4':
      return collectMap(call, target)
    case 'optMap/2':
    case 'optFlatMap/2':
      return optionalMap(call, target)
    case 'sortBy/2':
      return sortBy(call, target)
    default:
      return undefined
  }
}

function has(argument: Expression): Expression {
  if (argument.kind !== 'select' || argument.testOnly)
    throw new SyntaxIssue(argument.offset, 'invalid argument to has() macro')
  return { ...argument, testOnly: true }
}

const make = (offset: number) => ({
  literal: (value: Value): Expression => ({ kind: 'literal', offset, value }),
  name: (name: string): Expression => ({ kind: 'identifier', offset, name }),
  list: (...elements: Expression[]): Expression => ({ kind: 'list', offset, elements, optional: new Set() }),
  call: (name: string, ...given: Expression[]): Expression => ({
    kind: 'call',
    offset,
    name,
    target: undefined,
    arguments: given,
  }),
  method: (target: Expression, name: string, ...given: Expression[]): Expression => ({
    kind: 'call',
    offset,
    name,
    target,
    arguments: given,
  }),
})

function variableOf(argument: Expression | undefined, problem: string): string {
  if (argument?.kind !== 'identifier') throw new SyntaxIssue(argument?.offset ?? 0, problem)
  return argument.name
}

function variablesOf(
  call: Call,
  two: boolean,
  problem: string,
): Pick<Comprehension, 'variable' | 'variable2'> {
  const variable = variableOf(call.arguments[0], problem)
  const variable2 = two ? variableOf(call.arguments[1], problem) : undefined
  if (variable === variable2)
    throw new SyntaxIssue(call.arguments[1]?.offset ?? 0, `duplicate variable name: ${variable}`)
  return { variable, variable2 }
}

type Parts = Omit<Comprehension, 'kind' | 'offset' | 'range' | 'predicate' | 'transform' | 'accumulator'> &
  Partial<Pick<Comprehension, 'predicate' | 'transform' | 'accumulator'>>

const comprehension = (offset: number, range: Expression, parts: Parts): Comprehension => ({
  kind: 'comprehension',
  offset,
  range,
  accumulator: RESULT,
  predicate: undefined,
  transform: undefined,
  ...parts,
})

function quantifier(call: Call, range: Expression): Expression {
  const { offset } = call
  const { literal, name, call: apply } = make(offset)
  const two = call.arguments.length === 3
  const variables = variablesOf(call, two, 'argument must be a simple name')
  const predicate = call.arguments.at(-1) as Expression
  const result = name(RESULT)
  switch (call.name) {
    case 'all':
      return comprehension(offset, range, {
        macro: 'all',
        ...variables,
        predicate,
        initial: literal(true),
        condition: apply('@not_strictly_false', result),
        step: apply('_&&_', result, predicate),
        result,
      })
    case 'exists':
      return comprehension(offset, range, {
        macro: 'exists',
        ...variables,
        predicate,
        initial: literal(false),
        condition: apply('@not_strictly_false', apply('!_', result)),
        step: apply('_||_', result, predicate),
        result,
      })
    default:
      return comprehension(offset, range, {
        macro: 'exists_one',
        ...variables,
        predicate,
        initial: literal(0n),
        condition: literal(true),
        step: apply('_?_:_', predicate, apply('_+_', result, literal(1n)), result),
        result: apply('_==_', result, literal(1n)),
      })
  }
}

/** map, filter and transformList: a new list from elements that a condition lets through. */
function collect(call: Call, range: Expression): Expression {
  const { offset, arguments: given } = call
  const { literal, name, list, call: apply } = make(offset)
  const two = call.name === 'transformList'
  const variables = variablesOf(call, two, 'argument is not an identifier')
  const rest = given.slice(two ? 2 : 1)
  const isFilter = call.name === 'filter'
  const predicate = isFilter || rest.length === 2 ? rest[0] : undefined
  const transform = isFilter ? (given[0] as Expression) : (rest.at(-1) as Expression)
  const appended = apply('_+_', name(RESULT), list(transform))
  return comprehension(offset, range, {
    macro: 'collect',
    ...variables,
    predicate,
    transform,
    initial: list(),
    condition: literal(true),
    step: predicate ? apply('_?_:_', predicate, appended, name(RESULT)) : appended,
    result: name(RESULT),
  })
}

function collectMap(call: Call, range: Expression): Expression {
  const { offset } = call
  const { literal, name, call: apply } = make(offset)
  const variables = variablesOf(call, true, 'argument must be a simple name')
  const rest = call.arguments.slice(2)
  const predicate = rest.length === 2 ? rest[0] : undefined
  const transform = rest.at(-1) as Expression
  const isEntries = call.name === 'transformMapEntry'
  const inserted = isEntries
    ? apply('cel.@mapInsert', name(RESULT), transform)
    : apply('cel.@mapInsert', name(RESULT), name(variables.variable), transform)
  return comprehension(offset, range, {
    macro: isEntries ? 'collectEntries' : 'collectMap',
    ...variables,
    predicate,
    transform,
    initial: { kind: 'map', offset, entries: [] },
    condition: literal(true),
    step: predicate ? apply('_?_:_', predicate, inserted, name(RESULT)) : inserted,
    result: name(RESULT),
  })
}

function bindTo(offset: number, variable: string, initial: Expression, result: Expression): Expression {
  const { literal, name, list } = make(offset)
  return comprehension(offset, list(), {
    macro: 'bind',
    variable: '#unused',
    variable2: undefined,
    accumulator: variable,
    initial,
    condition: literal(false),
    step: name(variable),
    result,
  })
}

function bind(
  { offset }: Call,
  [variable, initial, result]: [Expression, Expression, Expression],
): Expression {
  return bindTo(
    offset,
    variableOf(variable, 'cel.bind() variable names must be simple identifiers'),
    initial,
    result,
  )
}

function optionalMap({ offset, name, arguments: given }: Call, target: Expression): Expression {
  const { call, method } = make(offset)
  const variable = variableOf(given[0], `${name}() variable name must be a simple identifier`)
  const inner = bindTo(offset, variable, method(target, 'value'), given[1] as Expression)
  return call(
    '_?_:_',
    method(target, 'hasValue'),
    name === 'optMap' ? call('optional.of', inner) : inner,
    call('optional.none'),
  )
}

function sortBy(call: Call, target: Expression): Expression {
  const { offset } = call
  const { name, method } = make(offset)
  const keys = collect({ ...call, name: 'map' }, name(SORTED))
  return bindTo(offset, SORTED, target, method(name(SORTED), '@sortByAssociatedKeys', keys))
}
