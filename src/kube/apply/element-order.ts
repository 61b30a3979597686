/** Names before keys before values before indexes, as structured-merge-diff ranks them. */
const kinds = '.fkvi'

/** Orders two path elements of one node: by name, numbers in keys and values as numbers. */
export function compareElements(a: string, b: string): number {
  const [left, right] = [a.charAt(0), b.charAt(0)]
  if (left !== right) return kinds.indexOf(left) - kinds.indexOf(right)
  if (left === 'f' || left === '.') return compareText(a, b)
  const [x, y]: unknown[] = [JSON.parse(a.slice(2)), JSON.parse(b.slice(2))]
  return left === 'k' ? compareKeys(asEntries(x), asEntries(y)) : compareValues(x, y)
}

const asEntries = (key: unknown): [string, unknown][] => Object.entries(key ?? {})

function compareKeys(a: readonly [string, unknown][], b: readonly [string, unknown][]): number {
  for (const [index, [name, value]] of a.entries()) {
    const other = b[index]
    if (!other) return 1
    const difference = compareText(name, other[0]) || compareValues(value, other[1])
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const types = ['number', 'string', 'boolean']

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === typeof b) return compareText(String(a), String(b))
  return types.indexOf(typeof a) - types.indexOf(typeof b)
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
