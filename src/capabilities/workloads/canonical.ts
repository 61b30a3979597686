/** JSON with sorted keys and without absent, null or empty values: equal for what Kubernetes treats as equal. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item
    const entries = Object.entries(item).filter(([, member]) => !isEmpty(member))
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** `equality.Semantic` takes nil and empty maps and lists as the same. An empty object can mean something (`emptyDir: {}`). */
const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)

export const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
