import { EvaluationError } from '../cel-error.ts'
import { compare, equals, includes, sameKeys } from '../equality.ts'
import { type Overload, overload } from '../overload.ts'
import { ArrayList, Duration, type List, type Mapping, Timestamp, Uint, type Value } from '../value.ts'

const MAX_INT = 2n ** 63n - 1n
const MIN_INT = -(2n ** 63n)
const MAX_UINT = 2n ** 64n - 1n

/** Years 1 to 9999, in nanoseconds since 1970. */
const MIN_TIME = -62_135_596_800_000_000_000n
const MAX_TIME = 253_402_300_799_999_999_999n

/** The value where it fits in 64 bits. */
export function int(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new EvaluationError('integer overflow')
  return value
}

export function uint(value: bigint): Uint {
  if (value > MAX_UINT || value < 0n) throw new EvaluationError('unsigned integer overflow')
  return new Uint(value)
}

export function timestamp(nanoseconds: bigint): Timestamp {
  if (nanoseconds < MIN_TIME || nanoseconds > MAX_TIME) throw new EvaluationError('timestamp overflow')
  return new Timestamp(nanoseconds)
}

export function duration(nanoseconds: bigint): Duration {
  if (nanoseconds > MAX_INT || nanoseconds < MIN_INT) throw new EvaluationError('duration overflow')
  return new Duration(nanoseconds)
}

function divisor<T extends bigint>(value: T, problem: string): T {
  if (value === 0n) throw new EvaluationError(problem)
  return value
}

/** The sum of two lists, which lists of type set and map merge. */
function concatenate(a: List, b: List): List {
  const { listType } = a
  const [left, right] = [a.toArray(), b.toArray()]
  if (listType === undefined) return new ArrayList([...left, ...right])
  if (listType === 'set')
    return new TypedList([...left, ...right.filter(item => !includes(left, item))], 'set')
  const merged = left.map(item => right.find(other => sameKeys(listType, item, other)) ?? item)
  const added = right.filter(item => !left.some(other => sameKeys(listType, item, other)))
  return new TypedList([...merged, ...added], listType)
}

class TypedList extends ArrayList {
  readonly #listType: 'set' | readonly string[]
  constructor(items: readonly Value[], listType: 'set' | readonly string[]) {
    super(items)
    this.#listType = listType
  }
  override get listType() {
    return this.#listType
  }
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

/** The ordered types by the names that identifiers of their comparisons have. */
const ordered: readonly (readonly [id: string, type: string])[] = [
  ['bool', 'bool'],
  ['int64', 'int'],
  ['uint64', 'uint'],
  ['double', 'double'],
  ['string', 'string'],
  ['bytes', 'bytes'],
  ['timestamp', 'timestamp'],
  ['duration', 'duration'],
]
const numbers = new Set(['int', 'uint', 'double'])

function comparisons(name: string, id: string, holds: (order: number) => boolean): Overload[] {
  const test = (a: Value, b: Value) => holds(compare(a, b) ?? Number.NaN)
  const same = ordered.map(([word, type]) =>
    overload(`${id}_${word}`, `${name}(${type}, ${type}): bool`, test),
  )
  const mixed = ordered.flatMap(([left, a]) =>
    ordered
      .filter(([, b]) => a !== b && numbers.has(a) && numbers.has(b))
      .map(([right, b]) => overload(`${id}_${left}_${right}`, `${name}(${a}, ${b}): bool`, test)),
  )
  return [...same, ...mixed]
}

/** Operators but for `&&`, `||`, `?:` and selection, which evaluation itself knows. */
export const arithmetic: readonly Overload[] = [
  overload('equals', '_==_(A, A): bool', equals),
  overload('not_equals', '_!=_(A, A): bool', (a: Value, b: Value) => !equals(a, b)),
  ...comparisons('_<_', 'less', order => order < 0),
  ...comparisons('_<=_', 'less_equals', order => order <= 0),
  ...comparisons('_>_', 'greater', order => order > 0),
  ...comparisons('_>=_', 'greater_equals', order => order >= 0),
  overload('logical_not', '!_(bool): bool', (a: boolean) => !a),
  overload('negate_int64', '-_(int): int', (a: bigint) => int(-a)),
  overload('negate_double', '-_(double): double', (a: number) => -a),
  overload('add_int64', '_+_(int, int): int', (a: bigint, b: bigint) => int(a + b)),
  overload('add_uint64', '_+_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value + b.value)),
  overload('add_double', '_+_(double, double): double', (a: number, b: number) => a + b),
  overload('add_string', '_+_(string, string): string', (a: string, b: string) => a + b),
  overload('add_bytes', '_+_(bytes, bytes): bytes', joinBytes),
  overload('add_list', '_+_(list(A), list(A)): list(A)', concatenate),
  overload('add_duration_duration', '_+_(duration, duration): duration', (a: Duration, b: Duration) =>
    duration(a.nanoseconds + b.nanoseconds),
  ),
  overload('add_duration_timestamp', '_+_(duration, timestamp): timestamp', (a: Duration, b: Timestamp) =>
    timestamp(a.nanoseconds + b.nanoseconds),
  ),
  overload('add_timestamp_duration', '_+_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) =>
    timestamp(a.nanoseconds + b.nanoseconds),
  ),
  overload('subtract_int64', '_-_(int, int): int', (a: bigint, b: bigint) => int(a - b)),
  overload('subtract_uint64', '_-_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value - b.value)),
  overload('subtract_double', '_-_(double, double): double', (a: number, b: number) => a - b),
  overload('subtract_duration_duration', '_-_(duration, duration): duration', (a: Duration, b: Duration) =>
    duration(a.nanoseconds - b.nanoseconds),
  ),
  overload(
    'subtract_timestamp_duration',
    '_-_(timestamp, duration): timestamp',
    (a: Timestamp, b: Duration) => timestamp(a.nanoseconds - b.nanoseconds),
  ),
  overload(
    'subtract_timestamp_timestamp',
    '_-_(timestamp, timestamp): duration',
    (a: Timestamp, b: Timestamp) => duration(a.nanoseconds - b.nanoseconds),
  ),
  overload('multiply_int64', '_*_(int, int): int', (a: bigint, b: bigint) => int(a * b)),
  overload('multiply_uint64', '_*_(uint, uint): uint', (a: Uint, b: Uint) => uint(a.value * b.value)),
  overload('multiply_double', '_*_(double, double): double', (a: number, b: number) => a * b),
  overload('divide_int64', '_/_(int, int): int', (a: bigint, b: bigint) =>
    int(a / divisor(b, 'division by zero')),
  ),
  overload('divide_uint64', '_/_(uint, uint): uint', (a: Uint, b: Uint) =>
    uint(a.value / divisor(b.value, 'division by zero')),
  ),
  overload('divide_double', '_/_(double, double): double', (a: number, b: number) => a / b),
  overload('modulo_int64', '_%_(int, int): int', (a: bigint, b: bigint) =>
    int(a % divisor(b, 'modulus by zero')),
  ),
  overload('modulo_uint64', '_%_(uint, uint): uint', (a: Uint, b: Uint) =>
    uint(a.value % divisor(b.value, 'modulus by zero')),
  ),
  overload('in_list', '@in(A, list(A)): bool', (a: Value, list: List) => includes(list.toArray(), a)),
  overload('in_map', '@in(A, map(A, B)): bool', (a: Value, map: Mapping) => map.get(a) !== undefined),
]
