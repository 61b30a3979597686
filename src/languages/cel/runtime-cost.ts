import type { Overload } from './overload.ts'
import { costSize, List, Mapping, Opaque, type Value } from './value.ts'

/** What one call costs: always the same, or by its arguments and result. Units are those of cel-go. */
export type CallCost = number | ((given: readonly Value[], result: Value) => number)

/** An authorization check costs so much that an expression can afford two. */
export const CHECK_COST = 350_000
const STRING_FACTOR = 0.1
const REGEX_FACTOR = 0.25

const sizeOf = (given: readonly Value[], index: number): number => costSize(given[index] ?? null)

const traversal: CallCost = given => Math.ceil(sizeOf(given, 0) * STRING_FACTOR)
const twice: CallCost = given => Math.ceil(sizeOf(given, 0) * 2 * STRING_FACTOR)
const shorter: CallCost = given =>
  given[0] instanceof Opaque ? 1 : Math.ceil(Math.min(sizeOf(given, 0), sizeOf(given, 1)) * STRING_FACTOR)
const both: CallCost = given => Math.ceil((sizeOf(given, 0) + sizeOf(given, 1)) * STRING_FACTOR)
const regex: CallCost = given =>
  Math.ceil((1 + sizeOf(given, 0)) * STRING_FACTOR) * Math.ceil(sizeOf(given, 1) * REGEX_FACTOR)
const selector: CallCost = given => {
  const size = sizeOf(given, 1)
  return 10 + Math.ceil(size * STRING_FACTOR) + Math.ceil(Math.ceil(size * 0.5) * 50)
}

/** What cel-go counts for a call that allocates a list. */
const allocating = (size: number): number => Math.floor(size) + 1 + 10
const produced: CallCost = (_given, result) => allocating(costSize(result))
const flattened: CallCost = given =>
  allocating(sizeOf(given, 0) * (typeof given[1] === 'bigint' ? Number(given[1]) : 1))
/** Every element against every other. */
const selfCompared = (list: Value | undefined): number => {
  if (!(list instanceof List) || list.size === 0) return allocating(0)
  const first = list.at(0)
  const isText = typeof first === 'string' || first instanceof Uint8Array
  return allocating(list.size ** 2 * (isText ? 2 + STRING_FACTOR : 2))
}
const crossed =
  (factor: number): CallCost =>
  given =>
    1 + sizeOf(given, 0) * sizeOf(given, 1) * factor

/** Costs that hold for all forms of a function. */
const byName: Readonly<Record<string, CallCost>> = {
  check: CHECK_COST,
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: given => traversalOf(given[0] ?? null),
  sum: given => traversalOf(given[0] ?? null),
  max: given => traversalOf(given[0] ?? null),
  min: given => traversalOf(given[0] ?? null),
  indexOf: given => traversalOf(given[0] ?? null),
  lastIndexOf: given => traversalOf(given[0] ?? null),
  url: traversal,
  lowerAscii: traversal,
  upperAscii: traversal,
  substring: traversal,
  trim: traversal,
  replace: twice,
  split: twice,
  join: (_given, result) => Math.ceil(costSize(result) * 2 * STRING_FACTOR),
  find: regex,
  findAll: regex,
  cidr: traversal,
  isIP: traversal,
  isCIDR: traversal,
  ip: traversal,
  'ip.isCanonical': twice,
  quantity: traversal,
  isQuantity: traversal,
  semver: traversal,
  isSemver: traversal,
  startsWith: traversal,
  endsWith: traversal,
  format: traversal,
  'strings.quote': traversal,
  slice: produced,
  flatten: flattened,
  'lists.range': produced,
  reverse: produced,
  distinct: given => selfCompared(given[0]),
  sort: given => selfCompared(given[0]),
  '@sortByAssociatedKeys': given => selfCompared(given[1]),
  'sets.contains': crossed(1),
  'sets.intersects': crossed(1),
  'sets.equivalent': crossed(2),
  contains: given =>
    Math.ceil(sizeOf(given, 0) * STRING_FACTOR) * Math.ceil(sizeOf(given, 1) * STRING_FACTOR),
  validate: given =>
    Math.ceil((1 + sizeOf(given, 1)) * STRING_FACTOR) * Math.ceil(sizeOf(given, 0) * REGEX_FACTOR),
}

const prefixes: CallCost = given => Math.ceil(sizeOf(given, 0) * 2 * STRING_FACTOR)
const byId: Readonly<Record<string, CallCost>> = {
  cidr_ip: 1,
  cidr_contains_ip: prefixes,
  cidr_contains_ip_string: given => addUp(prefixes, given) + Math.ceil(sizeOf(given, 1) * STRING_FACTOR),
  cidr_contains_cidr: given => addUp(prefixes, given) + Math.ceil(sizeOf(given, 0) * STRING_FACTOR) + 1,
  cidr_contains_cidr_string: given =>
    addUp(prefixes, given) +
    Math.ceil(sizeOf(given, 0) * STRING_FACTOR) +
    1 +
    Math.ceil(sizeOf(given, 1) * STRING_FACTOR),
  string_to_bytes: traversal,
  bytes_to_string: traversal,
  in_list: given => sizeOf(given, 1),
  matches_string: regex,
  equals: shorter,
  not_equals: shorter,
  add_string: both,
  add_bytes: both,
}

const addUp = (cost: CallCost, given: readonly Value[]): number =>
  typeof cost === 'number' ? cost : cost(given, null)

/** Comparisons of texts and bytes, `less_string` and the like. */
const comparison = /^(less|greater)(_equals)?_(string|bytes)$/

/** What calls of an overload cost. */
export const callCost = ({ id, name }: Overload): CallCost =>
  byId[id] ?? (Object.hasOwn(byName, name) ? byName[name] : undefined) ?? (comparison.test(id) ? shorter : 1)

/** The cost of reading a value with all that is in it. */
function traversalOf(value: Value): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * STRING_FACTOR)
  if (value instanceof Uint8Array) return Math.floor(value.length * STRING_FACTOR)
  if (value instanceof List) return value.toArray().reduce<number>((sum, item) => sum + traversalOf(item), 0)
  if (value instanceof Mapping)
    return value
      .keys()
      .reduce<number>((sum, key) => sum + traversalOf(key) + traversalOf(value.get(key) ?? null), 0)
  return 1
}
