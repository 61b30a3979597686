import { compareElements } from './element-order.ts'

/**
 * A set of field paths, in the form of managedFields' `fieldsV1` itself, so that stored sets need no decoding:
 * keys are path elements (`f:name`, `k:{"name":"a"}`, `v:"x"`); an empty node is a member, and so is one that
 * holds `.` beside its children. The root is never a member. Sets are shared between revisions: never changed.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** A member without members below it. */
export const leaf: FieldSet = Object.freeze({})
/** The set of no paths, as a root. */
export const emptySet: FieldSet = Object.freeze({})

export const isEmptySet = (set: FieldSet): boolean => {
  for (const _ in set) return false
  return true
}
const isMember = (node: FieldSet): boolean => node['.'] !== undefined || isEmptySet(node)

/** A node from its children, or undefined where it would say nothing. */
export function node(member: boolean, children: Record<string, FieldSet>): FieldSet | undefined {
  if (isEmptySet(children)) return member ? leaf : undefined
  return member ? { '.': leaf, ...children } : children
}

/** Members of either set; `a` itself where b adds nothing. */
export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  if (isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  return mergeChildren(a, b) ?? a
}

/** The union's children, or undefined where it is `a`. */
function mergeChildren(a: FieldSet, b: FieldSet): FieldSet | undefined {
  let result: Record<string, FieldSet> | undefined
  for (const key in b) {
    const right = b[key] ?? leaf
    const left = a[key]
    const merged = left === undefined || key === '.' ? right : unionNodes(left, right)
    if (merged === left || (key === '.' && left)) continue
    result ??= { ...a }
    result[key] = merged
  }
  return result
}
function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  if (isEmptySet(b)) return isMember(a) ? a : { '.': leaf, ...a }
  if (isEmptySet(a)) return b['.'] ? b : { '.': leaf, ...b }
  return mergeChildren(a, b) ?? a
}

/** Members of a that are not in b; `a` itself where there is no overlap. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let result: Record<string, FieldSet> | undefined
  for (const key in b) {
    const left = a[key]
    const right = b[key]
    if (left === undefined || right === undefined || key === '.') continue
    const rest = differenceNodes(left, right)
    if (rest === left) continue
    result ??= { ...a }
    if (rest) result[key] = rest
    else delete result[key]
  }
  return result ?? a
}
function differenceNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const loses = isMember(b) && isMember(a)
  if (isEmptySet(a)) return loses ? undefined : a
  const children = difference(a, b)
  if (!loses)
    return children === a ? a : onlyDot(children) ? leaf : isEmptySet(children) ? undefined : children
  const { '.': _, ...rest } = children
  return isEmptySet(rest) ? undefined : rest
}
const onlyDot = (set: FieldSet): boolean => {
  for (const key in set) if (key !== '.') return false
  return set['.'] !== undefined
}

/** Members of both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const key in a) {
    const left = a[key]
    const right = b[key]
    if (left === undefined || right === undefined || key === '.') continue
    const both = node(isMember(left) && isMember(right), intersection(left, right))
    if (both) result[key] = both
  }
  return result
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return a === b || (isEmptySet(difference(a, b)) && isEmptySet(difference(b, a)))
}

/** Calls `visit` with the path of every member: those of a node before what is below any of them, as upstream lists them. */
export function eachMember(
  set: FieldSet,
  visit: (path: readonly string[]) => void,
  path: readonly string[] = [],
): void {
  const children = Object.entries(set)
    .filter(([key]) => key !== '.')
    .sort(([a], [b]) => compareElements(a, b))
  for (const [key, child] of children) if (isMember(child)) visit([...path, key])
  for (const [key, child] of children) eachMember(child, visit, [...path, key])
}

/** A path as conflict messages show it: `.spec.containers[name="web"].image`. */
export function pathToString(path: readonly string[]): string {
  return path
    .map(element => {
      const value = element.slice(2)
      switch (element[0]) {
        case 'k':
          return `[${Object.entries(JSON.parse(value) as object)
            .map(([key, item]) => `${key}=${JSON.stringify(item)}`)
            .join(',')}]`
        case 'v':
          return `[=${value}]`
        case 'i':
          return `[${value}]`
        default:
          return `.${value}`
      }
    })
    .join('')
}
