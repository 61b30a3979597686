import { compareElements } from './element-order.ts'
import { type FieldSet, leaf } from './field-set.ts'

/** Sets known to be in order: they are shared between revisions. */
const ordered = new WeakSet<FieldSet>()

/**
 * The set with its elements in the order in which upstream writes them, so that `fieldsV1` is the same text:
 * `.`, names, keys of list items, values; numbers in keys and values count as numbers. The set itself where it is so.
 */
export function inOrder(set: FieldSet): FieldSet {
  if (ordered.has(set)) return set
  let previous: string | undefined
  let isSorted = true
  let isChanged = false
  const children: Record<string, FieldSet> = {}
  const elements: string[] = []
  for (const element in set) {
    if (previous !== undefined && isSorted && compareElements(previous, element) > 0) isSorted = false
    previous = element
    elements.push(element)
    const before = set[element] ?? leaf
    const child = before === leaf ? leaf : inOrder(before)
    if (child !== before) isChanged = true
    children[element] = child
  }
  const result = isSorted ? (isChanged ? children : set) : sorted(children, elements)
  ordered.add(result)
  return result
}

function sorted(children: Record<string, FieldSet>, elements: string[]): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const element of elements.sort(compareElements)) result[element] = children[element] ?? leaf
  return result
}
