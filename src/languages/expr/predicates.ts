import type { Budget } from './budget.ts'
import { OperationError } from './expr-error.ts'
import { add, less } from './operations.ts'
import { isNumber, typeName, type Value, type ValueMap } from './value.ts'

interface Part {
  predicate?: boolean
  optional?: boolean
}
const expression: Part = {}
const predicate: Part = { predicate: true }
const optional = (part: Part): Part => ({ ...part, optional: true })

/** The built-in functions that take a predicate, and which of their arguments it is. */
export const predicateShapes: ReadonlyMap<string, readonly Part[]> = new Map<string, readonly Part[]>([
  ...[
    'all',
    'none',
    'any',
    'one',
    'filter',
    'map',
    'find',
    'findIndex',
    'findLast',
    'findLastIndex',
    'groupBy',
  ].map(name => [name, [expression, predicate]] as const),
  ...['count', 'sum'].map(name => [name, [expression, optional(predicate)]] as const),
  ...['sortBy', 'reduce'].map(name => [name, [expression, predicate, optional(expression)]] as const),
])

/** Evaluates the predicate for one item. */
export type Visit = (item: Value, index: number, accumulated: Value) => Value

function test(value: Value, name: string): boolean {
  if (typeof value !== 'boolean')
    throw new OperationError(`predicate of ${name} should return bool (got ${typeName(value)})`)
  return value
}

/** Runs one of the functions above over `items`. `visit` is undefined where its predicate was left out. */
export function runPredicate(
  name: string,
  collection: Value,
  { visit, extra, budget }: { visit: Visit | undefined; extra: Value | undefined; budget: Budget },
): Value {
  if (!Array.isArray(collection))
    throw new OperationError(`builtin ${name} takes only array (got ${typeName(collection)})`)
  const items: Value[] = collection
  const value = (item: Value, index: number, accumulated: Value = null): Value => {
    budget.spend(1)
    return visit ? visit(item, index, accumulated) : item
  }
  const holds = (item: Value, index: number): boolean => test(value(item, index), name)
  switch (name) {
    case 'all':
      return items.every(holds)
    case 'none':
      return !items.some(holds)
    case 'any':
      return items.some(holds)
    case 'one':
      return items.filter(holds).length === 1
    case 'filter':
      return items.filter(holds)
    case 'map':
      return items.map((item, index) => value(item, index))
    case 'count':
      return BigInt(items.filter(holds).length)
    case 'find':
      return items.find(holds) ?? null
    case 'findIndex':
      return BigInt(items.findIndex(holds))
    case 'findLast':
      return items.findLast(holds) ?? null
    case 'findLastIndex':
      return BigInt(items.findLastIndex(holds))
    case 'sum':
      return items.map((item, index) => value(item, index)).reduce(add, 0n)
    case 'groupBy':
      return groupBy(items, value)
    case 'sortBy':
      return sortBy(items, value, extra)
    default:
      return reduce(items, value, extra)
  }
}

function groupBy(items: Value[], value: Visit | ((item: Value, index: number) => Value)): Value {
  const groups: ValueMap = new Map()
  items.forEach((item, index) => {
    const key = value(item, index, null)
    if (key !== null && typeof key === 'object')
      throw new OperationError(`groupBy: ${typeName(key)} cannot be the key of a map`)
    const group = groups.get(key)
    if (Array.isArray(group)) group.push(item)
    else groups.set(key, [item])
  })
  return groups
}

function sortBy(
  items: Value[],
  value: (item: Value, index: number) => Value,
  order: Value | undefined,
): Value {
  const keyed = items.map((item, index) => ({ item, key: value(item, index) }))
  return sorted(keyed, entry => entry.key, order).map(entry => entry.item)
}

/** A stable sort; `order` is `asc` or `desc`. */
export function sorted<T>(entries: readonly T[], key: (entry: T) => Value, order: Value | undefined): T[] {
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    throw new OperationError('invalid order, expected asc or desc')
  const direction = order === 'desc' ? -1 : 1
  return entries.toSorted((first, second) => {
    const [left, right] = [key(first), key(second)]
    if (less(left, right)) return -direction
    return less(right, left) ? direction : 0
  })
}

function reduce(items: Value[], value: Visit, initial: Value | undefined): Value {
  if (items.length === 0 && initial === undefined)
    throw new OperationError('reduce of empty array with no initial value')
  const start = initial === undefined ? 1 : 0
  let accumulated = initial ?? items[0] ?? null
  for (let index = start; index < items.length; index++)
    accumulated = value(items[index] ?? null, index, accumulated)
  return accumulated
}

/** Numbers of the arguments, looking into arrays at any depth. */
export function numbersIn(name: string, args: readonly Value[]): (number | bigint)[] {
  return args.flatMap(arg => {
    if (Array.isArray(arg)) return numbersIn(name, arg)
    if (isNumber(arg)) return [arg]
    throw new OperationError(`invalid argument for ${name} (type ${typeName(arg)})`)
  })
}
