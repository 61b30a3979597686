export const METRIC_NAME = '__name__'

/** Cannot occur in a label: it is half of a surrogate pair, so no UTF-8 text decodes to it. */
const SEPARATOR = '\ud800'

/** An immutable label set: names and values alternate in `pairs`, sorted by name; an empty value means absent. */
export class Labels {
  readonly pairs: readonly string[]
  #key: string | undefined

  private constructor(pairs: readonly string[]) {
    this.pairs = pairs
  }

  static readonly empty = new Labels([])

  /** For pairs that are sorted by name, distinct, and have no empty value. */
  static fromSorted(pairs: readonly string[]): Labels {
    return pairs.length === 0 ? Labels.empty : new Labels(pairs)
  }

  static of(record: Readonly<Record<string, string>>): Labels {
    const pairs: string[] = []
    for (const name of Object.keys(record).sort()) {
      const value = record[name]
      if (value) pairs.push(name, value)
    }
    return Labels.fromSorted(pairs)
  }

  /** The same text for equal label sets only. */
  get key(): string {
    this.#key ??= this.pairs.join(SEPARATOR)
    return this.#key
  }

  get name(): string {
    return this.get(METRIC_NAME)
  }

  /** The label's value, or the empty string. */
  get(name: string): string {
    for (let i = 0; i < this.pairs.length; i += 2) if (this.pairs[i] === name) return this.pairs[i + 1] ?? ''
    return ''
  }

  keep(names: ReadonlySet<string>): Labels {
    return this.#filter(name => names.has(name))
  }

  drop(names: ReadonlySet<string>): Labels {
    return this.#filter(name => !names.has(name))
  }

  dropName(): Labels {
    return this.get(METRIC_NAME) === '' ? this : this.#filter(name => name !== METRIC_NAME)
  }

  /** A copy with one label set, or removed when the value is empty. */
  set(name: string, value: string): Labels {
    if (this.get(name) === value) return this
    const pairs: string[] = []
    let placed = value === ''
    for (let i = 0; i < this.pairs.length; i += 2) {
      const current = this.pairs[i] ?? ''
      if (!placed && name <= current) {
        pairs.push(name, value)
        placed = true
      }
      if (current !== name) pairs.push(current, this.pairs[i + 1] ?? '')
    }
    if (!placed) pairs.push(name, value)
    return Labels.fromSorted(pairs)
  }

  /** For grouping: the key of the labels that `names` selects, or of all others. */
  keyOf(names: ReadonlySet<string>, selected: boolean): string {
    let key = ''
    for (let i = 0; i < this.pairs.length; i += 2) {
      const name = this.pairs[i] ?? ''
      if (names.has(name) === selected) key += name + SEPARATOR + (this.pairs[i + 1] ?? '') + SEPARATOR
    }
    return key
  }

  toRecord(): Record<string, string> {
    const record: Record<string, string> = {}
    for (let i = 0; i < this.pairs.length; i += 2) record[this.pairs[i] ?? ''] = this.pairs[i + 1] ?? ''
    return record
  }

  /** As Prometheus prints it in messages: `{a="b", c="d"}`, the metric name as a label. */
  toString(): string {
    const parts: string[] = []
    for (let i = 0; i < this.pairs.length; i += 2)
      parts.push(`${this.pairs[i]}=${JSON.stringify(this.pairs[i + 1])}`)
    return `{${parts.join(', ')}}`
  }

  #filter(keeps: (name: string) => boolean): Labels {
    const pairs: string[] = []
    for (let i = 0; i < this.pairs.length; i += 2) {
      const name = this.pairs[i] ?? ''
      if (keeps(name)) pairs.push(name, this.pairs[i + 1] ?? '')
    }
    return pairs.length === this.pairs.length ? this : Labels.fromSorted(pairs)
  }
}

/** The order of label sets in range results: name by name, value by value, shorter first. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.pairs.length, b.pairs.length)
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.pairs[i] ?? '', b.pairs[i] ?? '']
    if (left !== right) return left < right ? -1 : 1
  }
  return a.pairs.length - b.pairs.length
}
