import type { Overload } from './overload.ts'
import { CHECK_COST } from './runtime-cost.ts'
import { anything, exactly, MAX, plus, type Range, scaled, times, union } from './size.ts'
import { parameterOf, type Type } from './type.ts'

/** An argument of a call, as estimates see it. */
export interface EstimatedNode {
  readonly type: Type
  readonly size: Range
  /** The size of its elements, of lists. */
  readonly elementSize: Range
  /** The value of an int literal. */
  readonly literal: bigint | undefined
}

export interface CallEstimate {
  readonly cost: Range
  readonly size?: Range
}

const STRING_FACTOR = 0.1
const REGEX_FACTOR = 0.25
const NAME_FORMAT_REGEX = 128
const one: CallEstimate = { cost: exactly(1) }
const addressBytes: Range = { min: 4, max: 16 }

const traversal = (size: Range, factor = 1): Range => scaled(size, factor * STRING_FACTOR)
const regex = (text: Range, pattern: Range): Range =>
  times(traversal(plus(text, exactly(1))), scaled(pattern, REGEX_FACTOR))

/**
 * What Kubernetes says that calls of a function cost, without their arguments; undefined where it leaves that to
 * CEL. `given` begins with the receiver of a method.
 */
export function estimateKubernetesCall(
  { name, id, isMember }: Overload,
  given: readonly EstimatedNode[],
): CallEstimate | undefined {
  const [first, second, third] = given
  if (!first) return undefined
  switch (name) {
    case 'check':
      return { cost: exactly(CHECK_COST) }
    case 'fieldSelector':
    case 'labelSelector': {
      const requirements = scaled(scaled(second?.size ?? exactly(0), 0.5), 50)
      return { cost: plus(exactly(10), traversal(second?.size ?? exactly(0)), requirements) }
    }
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf': {
      if (!isMember) return undefined
      if (first.type.kind !== 'list') return { cost: traversal(first.size) }
      const { kind } = parameterOf(first.type, 0)
      const isText = kind === 'string' || kind === 'bytes'
      const each = plus(exactly(1), isText ? traversal(first.elementSize) : exactly(0))
      return { cost: times(first.size, each) }
    }
    case 'url':
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
      return { cost: traversal(first.size), size: first.size }
    case 'replace':
      if (!second || !third) return undefined
      return { cost: traversal(first.size, 2), size: replacedSize(first.size, second.size, third.size) }
    case 'split': {
      const max = third?.literal === undefined ? first.size.max : Number(BigInt.asUintN(64, third.literal))
      return { cost: traversal(first.size, 2), size: { min: 0, max } }
    }
    case 'join': {
      const items = times(first.size, first.elementSize)
      const { min, max } = first.size
      const gaps = { min: Math.max(0, min - 1), max: Math.max(0, max - 1) }
      const size = second ? plus(items, times(second.size, gaps)) : items
      return { cost: traversal(size), size }
    }
    case 'find':
    case 'findAll':
      return { cost: regex(first.size, second?.size ?? exactly(0)), size: { min: 0, max: first.size.max } }
    case 'ip':
      return id === 'cidr_ip' ? one : { cost: traversal(first.size) }
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return { cost: traversal(first.size) }
    case 'ip.isCanonical':
      return { cost: traversal(first.size, 2) }
    case 'containsIP': {
      const base = traversal(plus(addressBytes, addressBytes))
      return { cost: id.endsWith('_string') && second ? plus(base, traversal(second.size)) : base }
    }
    case 'containsCIDR': {
      const base = plus(traversal(plus(addressBytes, addressBytes)), traversal(addressBytes), exactly(1))
      return { cost: id.endsWith('_string') && second ? plus(base, traversal(second.size)) : base }
    }
    case 'validate':
      return { cost: scaled(traversal(second?.size ?? exactly(0)), NAME_FORMAT_REGEX * REGEX_FACTOR) }
    case '_==_':
      return isUnit(first.type) && second?.type.name === first.type.name ? one : undefined
    default:
      return undefined
  }
}

/** Types of Kubernetes' own, whose equality costs 1. */
const isUnit = ({ kind, name }: Type): boolean =>
  kind === 'opaque' && (name.startsWith('kubernetes.') || name.startsWith('net.'))

/** What cel-go's extensions for lists and sets say; undefined for other functions. */
export function estimateListCall(
  { name, id }: Overload,
  given: readonly EstimatedNode[],
): CallEstimate | undefined {
  const [first, second, third] = given
  const size = first?.size ?? anything
  switch (name) {
    case 'slice':
      return allocating(exactly(Math.max(0, countOf(third, size.max) - countOf(second, 0))))
    case 'lists.range':
      return allocating(exactly(countOf(first, MAX)))
    case 'reverse':
      return allocating(size)
    case 'flatten':
      return allocating(size, second ? countOf(second, MAX) : 1)
    case 'distinct':
      return allocating(times(size, size), 2)
    case 'sort':
    case '@sortByAssociatedKeys': {
      const keys = name === 'sort' ? size : (second?.size ?? anything)
      return allocating(times(keys, keys), /_(string|bytes)_/.test(id) ? 2 + STRING_FACTOR : 2)
    }
    case 'sets.contains':
    case 'sets.intersects':
    case 'sets.equivalent': {
      const pairs = times(size, second?.size ?? anything)
      return { cost: plus(scaled(pairs, name === 'sets.equivalent' ? 2 : 1), exactly(1)) }
    }
    default:
      return undefined
  }
}

const allocating = (size: Range, factor = 1): CallEstimate => ({
  cost: plus(scaled(size, factor), exactly(11)),
  size,
})

const countOf = (node: EstimatedNode | undefined, otherwise: number): number =>
  node?.literal === undefined ? otherwise : Math.max(0, Number(node.literal))

/** The size of a text after replacements: the longest by the most of the longest, the shortest likewise. */
function replacedSize(text: Range, part: Range, by: Range): Range {
  let [count, kept] = [exactly(0), exactly(0)]
  if (part.min === 0) {
    count = { ...count, max: text.max < MAX ? text.max + 1 : text.max }
    kept = { ...kept, max: text.max }
  } else if (by.max <= part.min) kept = { ...kept, max: text.max }
  else count = { ...count, max: Math.ceil(text.max / part.min) }
  if (part.max === 0) {
    count = { ...count, min: text.min < MAX ? text.min + 1 : text.min }
    kept = { ...kept, min: text.min }
  } else if (part.max <= by.min) kept = { ...kept, min: text.min }
  else count = { ...count, min: Math.ceil(text.min / part.max) }
  return plus(times(count, by), kept)
}

/** What calls of the standard's functions cost, without their arguments. */
export function estimateStandardCall(
  { id, name, parameters }: Overload,
  given: readonly EstimatedNode[],
): CallEstimate {
  const [first, second] = given
  if (!first) return one
  switch (name) {
    case 'format':
    case 'strings.quote':
      return name === 'format' ? { cost: traversal(first.size) } : quoted(first.size)
    case 'startsWith':
    case 'endsWith':
      return { cost: traversal(second?.size ?? first.size) }
    case 'matches':
      // The form without receiver costs as little as anything else, as in cel-go.
      return id === 'matches_string' ? { cost: regex(first.size, second?.size ?? exactly(0)) } : one
    case 'contains':
      return { cost: times(traversal(first.size), traversal(second?.size ?? exactly(0))) }
  }
  switch (id) {
    case 'string_to_bytes':
      return {
        cost: traversal(first.size),
        size: { min: first.size.min, max: Math.min(MAX, first.size.max * 4) },
      }
    case 'bytes_to_string':
      return {
        cost: traversal(first.size),
        size: { min: Math.floor(first.size.min / 4), max: first.size.max },
      }
    case 'in_list':
      return { cost: scaled(second?.size ?? exactly(0), 1) }
    case 'add_string':
    case 'add_bytes':
    case 'add_list': {
      const size = plus(first.size, second?.size ?? exactly(0))
      return { cost: id === 'add_list' ? exactly(1) : traversal(size), size }
    }
  }
  if (name === '_==_' || name === '_!=_' || (isOrder(name) && isText(parameters[0]))) {
    const max = Math.min(first.size.max, second?.size.max ?? MAX)
    return { cost: traversal({ min: max > 0 ? 1 : 0, max }) }
  }
  return one
}

const quoted = (size: Range): CallEstimate => ({
  cost: traversal(size),
  size: { min: size.min + 2, max: Math.min(MAX, size.max * 2 + 2) },
})

const isOrder = (name: string) => name === '_<_' || name === '_<=_' || name === '_>_' || name === '_>=_'
const isText = (type: Type | undefined) => type?.kind === 'string' || type?.kind === 'bytes'

/** The cost of a function that has several forms: whichever of them it is. */
export function joined(estimates: readonly CallEstimate[]): CallEstimate {
  const [first = one, ...rest] = estimates
  return rest.reduce<CallEstimate>((sum, { cost, size }) => {
    const sizes = sum.size && size ? union(sum.size, size) : (sum.size ?? size)
    return { cost: union(sum.cost, cost), ...(sizes ? { size: sizes } : {}) }
  }, first)
}
