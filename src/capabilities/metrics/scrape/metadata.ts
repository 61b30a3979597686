import type { MetricMetadata } from '../exposition.ts'

/** So many metrics are remembered; further ones are not. */
const MAX_METRICS = 20_000
const MAX_VARIANTS = 10

/** The type, help and unit of metrics, as targets last told them. */
export class Metadata {
  readonly #byMetric = new Map<string, MetricMetadata[]>()
  readonly #lastOf = new Map<string, ReadonlyMap<string, MetricMetadata>>()

  /** Takes what one answer of a job's target said. */
  add(job: string, metadata: ReadonlyMap<string, MetricMetadata>): void {
    const last = this.#lastOf.get(job)
    this.#lastOf.set(job, metadata)
    for (const [name, found] of metadata) {
      const before = last?.get(name)
      if (before && sameMetadata(before, found)) continue
      const variants = this.#byMetric.get(name)
      if (!variants) {
        if (this.#byMetric.size < MAX_METRICS) this.#byMetric.set(name, [found])
      } else if (variants.length < MAX_VARIANTS && !variants.some(other => sameMetadata(other, found)))
        variants.push(found)
    }
  }

  get(name: string): readonly MetricMetadata[] {
    return this.#byMetric.get(name) ?? []
  }
  names(): Iterable<string> {
    return this.#byMetric.keys()
  }
}

const sameMetadata = (a: MetricMetadata, b: MetricMetadata): boolean =>
  a.type === b.type && a.help === b.help && a.unit === b.unit
