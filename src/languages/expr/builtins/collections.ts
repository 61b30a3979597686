import { OperationError } from '../expr-error.ts'
import { equal, fetch } from '../operations.ts'
import { sorted } from '../predicates.ts'
import { typeName, type Value, type ValueMap } from '../value.ts'
import { type Builtin, builtin, integer, list } from './builtin.ts'

function map(value: Value, what: string): ValueMap {
  if (!(value instanceof Map)) throw new OperationError(`cannot ${what} ${typeName(value)}`)
  return value
}

/** nil where there is nothing to fetch. */
function fetchOrNil(object: Value, property: Value): Value {
  try {
    return fetch(object, property)
  } catch (error) {
    if (error instanceof OperationError) return null
    throw error
  }
}

function flatten(items: readonly Value[]): Value[] {
  return items.flatMap(item => (Array.isArray(item) ? flatten(item) : [item]))
}

function uniq(items: readonly Value[], spend: (units: number) => void): Value[] {
  const kept: Value[] = []
  for (const item of items) {
    spend(kept.length + 1)
    if (!kept.some(known => equal(known, item))) kept.push(item)
  }
  return kept
}

function length(value: Value): bigint {
  if (typeof value === 'string') return BigInt([...value].length)
  if (Array.isArray(value)) return BigInt(value.length)
  if (value instanceof Map) return BigInt(value.size)
  throw new OperationError(`invalid argument for len (type ${typeName(value)})`)
}

export const collections: Record<string, Builtin> = {
  len: builtin(1, 1, ([value = null]) => length(value)),
  first: builtin(1, 1, ([value = null]) => fetchOrNil(value, 0n)),
  last: builtin(1, 1, ([value = null]) => fetchOrNil(value, -1n)),
  get: builtin(2, 2, ([object = null, property = null]) => fetchOrNil(object, property)),
  take: builtin(2, 2, args => {
    const count = Number(integer(args, 1, 'take'))
    if (count < 0) throw new OperationError(`cannot take ${count} elements`)
    return list(args, 0, 'take from').slice(0, count)
  }),
  keys: builtin(1, 1, ([value = null]) => [...map(value, 'get keys from').keys()]),
  values: builtin(1, 1, ([value = null]) => [...map(value, 'get values from').values()]),
  toPairs: builtin(1, 1, ([value = null]) =>
    [...map(value, 'transform to pairs')].map(([key, item]): Value => [key, item]),
  ),
  fromPairs: builtin(1, 1, args => {
    const pairs = list(args, 0, 'transform from pairs')
    return new Map(
      pairs.map((pair): [Value, Value] => {
        if (!Array.isArray(pair) || pair.length !== 2)
          throw new OperationError('invalid pair: two items are needed')
        return [pair[0] ?? null, pair[1] ?? null]
      }),
    )
  }),
  reverse: builtin(1, 1, args => list(args, 0, 'reverse').toReversed()),
  uniq: builtin(1, 1, (args, { budget }) => uniq(list(args, 0, 'uniq'), units => budget.spend(units))),
  concat: builtin(1, Number.POSITIVE_INFINITY, (args, { budget }) => {
    const items = args.flatMap((_, index) => list(args, index, 'concat'))
    budget.spend(items.length)
    return items
  }),
  flatten: builtin(1, 1, (args, { budget }) => {
    const items = flatten(list(args, 0, 'flatten'))
    budget.spend(items.length)
    return items
  }),
  sort: builtin(1, 2, (args, { budget }) => {
    const items = list(args, 0, 'sort')
    budget.spend(items.length)
    return sorted(items, item => item, args[1])
  }),
}
