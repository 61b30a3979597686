import type { Labels } from '../../../languages/promql/labels.ts'
import type { Matcher } from '../../../languages/promql/matcher.ts'

/** Finds things by their labels: name → value → the things that have it, in the order they were added. */
export class LabelIndex<T extends { labels: Labels }> {
  readonly #byName = new Map<string, Map<string, Set<T>>>()
  readonly #all = new Set<T>()

  get all(): ReadonlySet<T> {
    return this.#all
  }

  add(entry: T): void {
    this.#all.add(entry)
    const { pairs } = entry.labels
    for (let i = 0; i < pairs.length; i += 2) {
      const [name, value] = [pairs[i] ?? '', pairs[i + 1] ?? '']
      let values = this.#byName.get(name)
      if (!values) {
        values = new Map()
        this.#byName.set(name, values)
      }
      const entries = values.get(value)
      if (entries) entries.add(entry)
      else values.set(value, new Set([entry]))
    }
  }

  delete(entry: T): void {
    if (!this.#all.delete(entry)) return
    const { pairs } = entry.labels
    for (let i = 0; i < pairs.length; i += 2) {
      const values = this.#byName.get(pairs[i] ?? '')
      const entries = values?.get(pairs[i + 1] ?? '')
      entries?.delete(entry)
      if (entries?.size === 0) values?.delete(pairs[i + 1] ?? '')
      if (values?.size === 0) this.#byName.delete(pairs[i] ?? '')
    }
  }

  /** What satisfies every matcher. */
  find(matchers: readonly Matcher[]): T[] {
    let smallest: readonly ReadonlySet<T>[] = [this.#all]
    let size = this.#all.size
    for (const { name, literals } of matchers) {
      // An empty value also stands for a label that is absent, which the index does not list.
      if (!literals || literals.includes('')) continue
      const values = this.#byName.get(name)
      const sets = literals.flatMap(literal => values?.get(literal) ?? [])
      const count = sets.reduce((sum, set) => sum + set.size, 0)
      if (count >= size) continue
      smallest = sets
      size = count
    }
    const found: T[] = []
    for (const set of smallest)
      for (const entry of set)
        if (matchers.every(({ name, matches }) => matches(entry.labels.get(name)))) found.push(entry)
    return found
  }

  names(): Iterable<string> {
    return this.#byName.keys()
  }
  values(name: string): Iterable<string> {
    return this.#byName.get(name)?.keys() ?? []
  }
}
