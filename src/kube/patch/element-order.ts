import { isJsonObject } from '../schema/schema.ts'
import { sortedJson } from '../sorted-json.ts'

/** What identifies an item of a merging list: its merge key's value, or the item itself in a list of scalars. */
export const identity = (item: unknown, mergeKey: string | undefined): unknown =>
  mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item

/** The identity as a text, so that lists of thousands of items are not searched item by item. */
export const identityText = (item: unknown, mergeKey: string | undefined): string =>
  sortedJson(identity(item, mergeKey)) ?? ''

/** Where each item of a list stands, the first of those that are the same. */
export function placesOf(list: readonly unknown[], mergeKey: string | undefined): Map<string, number> {
  const places = new Map<string, number>()
  for (const [index, item] of list.entries()) {
    const id = identityText(item, mergeKey)
    if (!places.has(id)) places.set(id, index)
  }
  return places
}

export interface Order {
  /** The order that the patch wants; items outside of it are the server's own. */
  wanted: readonly unknown[]
  /** The list as it was, for the place of the server's own items. */
  server: readonly unknown[]
  mergeKey: string | undefined
}

/**
 * Puts a merged list into order: items of the patch as the patch has them, the server's own as they were;
 * between the two the patch's go first, unless both were there and the server had them the other way round.
 */
export function orderElements(merged: readonly unknown[], { wanted, server, mergeKey }: Order): unknown[] {
  const place = (list: readonly unknown[]) => {
    const places = placesOf(list, mergeKey)
    return (item: unknown) => places.get(identityText(item, mergeKey)) ?? -1
  }
  const [wantedPlace, serverPlace] = [place(wanted), place(server)]
  const sortBy = (items: readonly unknown[], of: (item: unknown) => number) =>
    items.map(item => [of(item), item] as const).sort((a, b) => a[0] - b[0])
  const own = sortBy(
    merged.filter(item => wantedPlace(item) < 0),
    serverPlace,
  )
  const patched = sortBy(
    merged.filter(item => wantedPlace(item) >= 0),
    wantedPlace,
  )
  const result: unknown[] = []
  let next = 0
  for (const [, item] of patched) {
    const at = serverPlace(item)
    while (at >= 0) {
      const [ownPlace, ownItem] = own[next] ?? []
      if (ownPlace === undefined || ownPlace < 0 || ownPlace >= at) break
      result.push(ownItem)
      next++
    }
    result.push(item)
  }
  return [...result, ...own.slice(next).map(([, item]) => item)]
}
