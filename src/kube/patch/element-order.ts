import { equalJson } from '../copy.ts'
import { isJsonObject } from '../schema/schema.ts'

/** What identifies an item of a merging list: its merge key's value, or the item itself in a list of scalars. */
export const identity = (item: unknown, mergeKey: string | undefined): unknown =>
  mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item

const indexIn = (list: readonly unknown[], item: unknown, mergeKey: string | undefined): number => {
  const id = identity(item, mergeKey)
  return list.findIndex(other => equalJson(identity(other, mergeKey), id))
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
  const place = (list: readonly unknown[]) => (item: unknown) => indexIn(list, item, mergeKey)
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
