import { EvaluationError } from '../cel-error.ts'
import { compare, equals, includes } from '../equality.ts'
import { type Overload, overload } from '../overload.ts'
import { ArrayList, Duration, List, Uint, type Value } from '../value.ts'
import { duration, int, uint } from './arithmetic.ts'

/** Results and steps of list functions are bounded, as cel-go bounds them by the size of a request. */
const MAX_RANGE = 1_000_000n

const order = (a: Value, b: Value): number => {
  const result = compare(a, b)
  if (result === undefined) throw new EvaluationError('no such overload')
  return result
}

function isSorted(list: List): boolean {
  const items = list.toArray()
  return items.every((item, index) => index === 0 || order(items[index - 1] as Value, item) <= 0)
}

function extreme(word: string, isBetter: (order: number) => boolean) {
  return (list: List): Value => {
    const [first, ...rest] = list.toArray()
    if (first === undefined) throw new EvaluationError(`${word} called on empty list`)
    return rest.reduce((best, item) => (isBetter(order(item, best)) ? item : best), first)
  }
}

const position = (index: number) => BigInt(index)

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end < 0n)
    throw new EvaluationError(`cannot slice(${start}, ${end}), negative indexes not supported`)
  if (start > end)
    throw new EvaluationError(
      `cannot slice(${start}, ${end}), start index must be less than or equal to end index`,
    )
  if (end > BigInt(list.size))
    throw new EvaluationError(`cannot slice(${start}, ${end}), list is length ${list.size}`)
  return new ArrayList(list.toArray().slice(Number(start), Number(end)))
}

function flatten(list: List, depth = 1n): List {
  if (depth < 0n) throw new EvaluationError('level must be non-negative')
  const flat = (items: readonly Value[], left: bigint): Value[] =>
    items.flatMap(item => (item instanceof List && left > 0n ? flat(item.toArray(), left - 1n) : [item]))
  return new ArrayList(flat(list.toArray(), depth))
}

function range(count: bigint): List {
  if (count > MAX_RANGE) throw new EvaluationError(`lists.range: ${count} is more than ${MAX_RANGE}`)
  return new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)))
}

function distinct(list: List): List {
  const found: Value[] = []
  const seen = new Set<Value>()
  for (const item of list.toArray()) {
    if (typeof item === 'string' || typeof item === 'boolean' ? seen.has(item) : includes(found, item))
      continue
    seen.add(item)
    found.push(item)
  }
  return new ArrayList(found)
}

function sorted(list: List, keys: List = list): List {
  const by = keys.toArray()
  const indices = [...by.keys()].sort((a, b) => order(by[a] as Value, by[b] as Value))
  return new ArrayList(indices.map(index => list.at(index)))
}

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']

/** The sum of a list of numbers or durations; `empty` is that of none, whose type only the checker knows. */
const sum =
  (empty: Value) =>
  (list: List): Value => {
    const [first, ...rest] = list.toArray()
    return first === undefined ? empty : rest.reduce(plus, first)
  }

function plus(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a + b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value)
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanoseconds + b.nanoseconds)
  throw new EvaluationError('no such overload')
}

const sums: readonly (readonly [type: string, empty: Value])[] = [
  ['int', 0n],
  ['uint', new Uint(0n)],
  ['double', 0],
  ['duration', new Duration(0n)],
]

/** Lists: Kubernetes' library, version 3 of cel-go's lists extension, and its sets extension. */
export const lists: readonly Overload[] = [
  ...comparable.flatMap(type => [
    overload(`list_${type}_is_sorted_bool`, `list(${type})::isSorted(): bool`, isSorted),
    overload(
      `list_${type}_min_${type}`,
      `list(${type})::min(): ${type}`,
      extreme('min', value => value < 0),
    ),
    overload(
      `list_${type}_max_${type}`,
      `list(${type})::max(): ${type}`,
      extreme('max', value => value > 0),
    ),
    overload(`list_${type}_sort`, `list(${type})::sort(): list(${type})`, (list: List) => sorted(list)),
    overload(
      `list_${type}_sortByAssociatedKeys`,
      `list(A)::@sortByAssociatedKeys(list(${type})): list(A)`,
      sorted,
    ),
  ]),
  ...sums.map(([type, empty]) =>
    overload(`list_${type}_sum_${type}`, `list(${type})::sum(): ${type}`, sum(empty)),
  ),
  overload('list_a_index_of_int', 'list(A)::indexOf(A): int', (list: List, wanted: Value) =>
    position(list.toArray().findIndex(item => equals(item, wanted))),
  ),
  overload('list_a_last_index_of_int', 'list(A)::lastIndexOf(A): int', (list: List, wanted: Value) =>
    position(list.toArray().findLastIndex(item => equals(item, wanted))),
  ),
  overload('list_slice', 'list(A)::slice(int, int): list(A)', slice),
  overload('list_flatten_int', 'list(dyn)::flatten(int): list(dyn)', flatten),
  overload('list_flatten', 'list(list(A))::flatten(): list(A)', (list: List) => flatten(list)),
  overload('lists_range', 'lists.range(int): list(int)', range),
  overload('list_distinct', 'list(A)::distinct(): list(A)', distinct),
  overload(
    'list_reverse',
    'list(A)::reverse(): list(A)',
    (list: List) => new ArrayList([...list.toArray()].reverse()),
  ),
  overload('list_sets_contains_list', 'sets.contains(list(A), list(A)): bool', contains),
  overload(
    'list_sets_equivalent_list',
    'sets.equivalent(list(A), list(A)): bool',
    (a: List, b: List) => contains(a, b) && contains(b, a),
  ),
  overload('list_sets_intersects_list', 'sets.intersects(list(A), list(A)): bool', (a: List, b: List) =>
    a.toArray().some(item => includes(b.toArray(), item)),
  ),
]

function contains(list: List, wanted: List): boolean {
  const items = list.toArray()
  return wanted.toArray().every(item => includes(items, item))
}
