/** What visitors saw since the last report, by version. */
export class Tally {
  /** @type {Map<string, { requests: number, errors: number, times: number[] }>} */
  #versions = new Map()

  /** @param {import('./visitor.mjs').Sight} sight */
  add({ status, version, ms }) {
    const seen = this.#versions.get(version) ?? { requests: 0, errors: 0, times: [] }
    this.#versions.set(version, seen)
    seen.requests++
    if (status === 0 || status >= 500) seen.errors++
    seen.times.push(ms)
  }

  /** The counts by version, and a fresh start. @returns {Record<string, { requests: number, errors: number, p95Ms: number }>} */
  take() {
    const report = Object.fromEntries(
      [...this.#versions].map(([version, { requests, errors, times }]) => {
        const sorted = times.sort((a, b) => a - b)
        const p95Ms = Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? 0)
        return [version, { requests, errors, p95Ms }]
      }),
    )
    this.#versions.clear()
    return report
  }
}
