interface Interval {
  first: number
  last: number
}

/** A set of completion indexes as disjoint intervals in order, as `completedIndexes` writes it: `1,3-5,7`. */
export class IndexSet {
  readonly #intervals: readonly Interval[]

  private constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals
  }

  static readonly empty = new IndexSet([])

  static of(indexes: Iterable<number>): IndexSet {
    return IndexSet.#joined([...indexes].map(index => ({ first: index, last: index })))
  }

  /** What is below `completions` in the text; parts that are not numbers are left out, as upstream. */
  static parse(text: string | undefined, completions: number): IndexSet {
    const intervals: Interval[] = []
    for (const part of (text ?? '').split(',')) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part)
      if (!match) continue
      const first = Number(match[1])
      const last = Math.min(Number(match[2] ?? first), completions - 1)
      if (first <= last) intervals.push({ first, last })
    }
    return IndexSet.#joined(intervals)
  }

  static #joined(intervals: Interval[]): IndexSet {
    const joined: Interval[] = []
    for (const { first, last } of intervals.sort((a, b) => a.first - b.first)) {
      const before = joined.at(-1)
      if (before && first <= before.last + 1) before.last = Math.max(before.last, last)
      else joined.push({ first, last })
    }
    return new IndexSet(joined)
  }

  get size(): number {
    return this.#intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  }

  has(index: number): boolean {
    let [low, high] = [0, this.#intervals.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#intervals[middle]?.last ?? 0) >= index) high = middle
      else low = middle + 1
    }
    return (this.#intervals[low]?.first ?? Infinity) <= index
  }

  union(other: IndexSet): IndexSet {
    return IndexSet.#joined([...this.#intervals, ...other.#intervals].map(interval => ({ ...interval })))
  }

  with(indexes: Iterable<number>): IndexSet {
    return this.union(IndexSet.of(indexes))
  }

  /** How many indexes both sets have. */
  overlap(other: IndexSet): number {
    let count = 0
    let [i, j] = [0, 0]
    for (;;) {
      const [a, b] = [this.#intervals[i], other.#intervals[j]]
      if (!a || !b) return count
      count += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1)
      if (a.last <= b.last) i++
      if (b.last <= a.last) j++
    }
  }

  /** The first `count` indexes below `completions` that are not in the set. */
  firstAbsent(count: number, completions: number): number[] {
    const absent: number[] = []
    let candidate = 0
    for (const { first, last } of [...this.#intervals, { first: completions, last: completions }]) {
      for (; candidate < Math.min(first, completions) && absent.length < count; candidate++)
        absent.push(candidate)
      candidate = Math.max(candidate, last + 1)
    }
    return absent
  }

  toString(): string {
    return this.#intervals
      .map(({ first, last }) => {
        if (first === last) return String(first)
        return last === first + 1 ? `${first},${last}` : `${first}-${last}`
      })
      .join(',')
  }
}
