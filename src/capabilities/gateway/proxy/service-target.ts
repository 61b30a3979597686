import type { Series } from '../traffic-metrics.ts'
import type { Endpoint } from './endpoint.ts'

/** Above this many, two are compared instead of all. */
const MAX_COMPARED = 8

/** One port of one Service: the endpoints behind it now. Routes hold on to it while its endpoints come and go. */
export class ServiceTarget {
  /** `namespace/name:port`. */
  readonly key: string
  endpoints: readonly Endpoint[] = []
  /** Counts requests that no endpoint got. */
  unserved: Series
  #turn = 0

  constructor(key: string, unserved: Series) {
    this.key = key
    this.unserved = unserved
  }

  /** The endpoint with the fewest exchanges, taking turns among equals; those that just failed only as a last resort. */
  pick(nowMs: number, tried: Endpoint | undefined): Endpoint | undefined {
    const { endpoints } = this
    const count = endpoints.length
    if (count === 0) return undefined
    this.#turn = (this.#turn + 1) % count
    const compared = Math.min(count, MAX_COMPARED)
    let best: Endpoint | undefined
    let bestLoad = Number.POSITIVE_INFINITY
    for (let offset = 0; offset < compared; offset++) {
      const endpoint = endpoints[(this.#turn + offset) % count]!
      const isLastResort = endpoint === tried || endpoint.failedUntilMs > nowMs
      const load = isLastResort ? endpoint.active + 1e9 : endpoint.active
      if (load < bestLoad) {
        best = endpoint
        bestLoad = load
      }
    }
    return best
  }
}
