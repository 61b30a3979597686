import { EvaluationError } from '../cel-error.ts'
import { type Overload, overload } from '../overload.ts'
import { selectIndex, selectOptional } from '../selection.ts'
import { ArrayList, Duration, List, Mapping, Optional, Timestamp, Uint, type Value } from '../value.ts'

/** Operators whose evaluation is in `compile.ts`: declared so that the checker knows their types. */
const unevaluated = (): Value => {
  throw new EvaluationError('evaluated elsewhere')
}

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof List || value instanceof Mapping) return value.size === 0
  if (value instanceof Duration) return value.nanoseconds === 0n
  // Go's zero time is the first second of the year 1.
  if (value instanceof Timestamp) return value.nanoseconds === -62_135_596_800_000_000_000n
  if (value instanceof Optional) return value.value === undefined
  return value instanceof Uint8Array && value.length === 0
}

const ofNonZero = (value: Value) => (isZero(value) ? Optional.none : new Optional(value))

function dereference({ value }: Optional): Value {
  if (value === undefined) throw new EvaluationError('optional.none() dereference')
  return value
}

const unwrap = (list: List) =>
  new ArrayList(
    list
      .toArray()
      .flatMap(item => (item instanceof Optional && item.value !== undefined ? [item.value] : [])),
  )

const at = (list: List, index: number) =>
  list.size === 0 ? Optional.none : new Optional(list.at(index < 0 ? list.size + index : index))

/** Logic, choice, selection and optional values. */
export const structural: readonly Overload[] = [
  overload('logical_and', '_&&_(bool, bool): bool', unevaluated),
  overload('logical_or', '_||_(bool, bool): bool', unevaluated),
  overload('conditional', '_?_:_(bool, A, A): A', unevaluated),
  overload('not_strictly_false', '@not_strictly_false(bool): bool', unevaluated),
  overload('@mapInsert_map_map', 'cel.@mapInsert(map(A, B), map(A, B)): map(A, B)', unevaluated),
  overload('@mapInsert_map_key_value', 'cel.@mapInsert(map(A, B), A, B): map(A, B)', unevaluated),
  overload('index_list', '_[_](list(A), int): A', selectIndex),
  overload('index_map', '_[_](map(A, B), A): B', selectIndex),
  overload('optional_list_index_int', '_[_](optional(list(A)), int): optional(A)', selectOptional),
  overload('optional_map_index_value', '_[_](optional(map(A, B)), A): optional(B)', selectOptional),
  overload('list_optindex_optional_int', '_[?_](list(A), int): optional(A)', selectOptional),
  overload(
    'optional_list_optindex_optional_int',
    '_[?_](optional(list(A)), int): optional(A)',
    selectOptional,
  ),
  overload('map_optindex_optional_value', '_[?_](map(A, B), A): optional(B)', selectOptional),
  overload(
    'optional_map_optindex_optional_value',
    '_[?_](optional(map(A, B)), A): optional(B)',
    selectOptional,
  ),
  overload('optional_of', 'optional.of(A): optional(A)', (value: Value) => new Optional(value)),
  overload('optional_ofNonZeroValue', 'optional.ofNonZeroValue(A): optional(A)', ofNonZero),
  overload('optional_none', 'optional.none(): optional(A)', () => Optional.none),
  overload('optional_unwrap', 'optional.unwrap(list(optional(A))): list(A)', unwrap),
  overload('optional_unwrapOpt', 'list(optional(A))::unwrapOpt(): list(A)', unwrap),
  overload('optional_value', 'optional(A)::value(): A', dereference),
  overload(
    'optional_hasValue',
    'optional(A)::hasValue(): bool',
    ({ value }: Optional) => value !== undefined,
  ),
  overload('optional_or_optional', 'optional(A)::or(optional(A)): optional(A)', unevaluated),
  overload('optional_orValue_value', 'optional(A)::orValue(A): A', unevaluated),
  overload('list_first', 'list(A)::first(): optional(A)', (list: List) => at(list, 0)),
  overload('list_last', 'list(A)::last(): optional(A)', (list: List) => at(list, -1)),
]
