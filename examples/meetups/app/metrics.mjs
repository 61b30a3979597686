const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** @param {Record<string, string>} labels */
const labelText = labels =>
  Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`,
    )
    .join(',')

/** The numbers that Prometheus scrapes. Routes are labelled by their pattern, so that the number of series is bounded. */
export class Metrics {
  /** @type {Map<string, number>} */
  #requests = new Map()
  /** @type {Map<string, { counts: number[], sum: number, count: number }>} */
  #durations = new Map()
  /** @type {Map<string, number>} */
  #rsvps = new Map()

  /** @param {string} route @param {number} code @param {number} seconds */
  request(route, code, seconds) {
    const key = labelText({ route, code: String(code) })
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
    const series = labelText({ route })
    const histogram = this.#durations.get(series) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 }
    this.#durations.set(series, histogram)
    BUCKETS.forEach((bound, index) => {
      if (seconds <= bound) histogram.counts[index] = (histogram.counts[index] ?? 0) + 1
    })
    histogram.sum += seconds
    histogram.count++
  }

  /** @param {string} city @param {'going' | 'waiting' | 'cancelled' | 'refused'} result */
  rsvp(city, result) {
    const key = labelText({ city, result })
    this.#rsvps.set(key, (this.#rsvps.get(key) ?? 0) + 1)
  }

  /** The exposition format, version 0.0.4. @param {string} version */
  text(version) {
    const memory = process.memoryUsage()
    const lines = [
      '# HELP meetups_build_info The running version.',
      '# TYPE meetups_build_info gauge',
      `meetups_build_info{${labelText({ version })}} 1`,
      '# HELP http_requests_total Requests by route and status code.',
      '# TYPE http_requests_total counter',
      ...[...this.#requests].map(([labels, value]) => `http_requests_total{${labels}} ${value}`),
      '# HELP http_request_duration_seconds Time to answer, by route.',
      '# TYPE http_request_duration_seconds histogram',
      ...[...this.#durations].flatMap(([labels, { counts, sum, count }]) => [
        ...BUCKETS.map(
          (bound, index) => `http_request_duration_seconds_bucket{${labels},le="${bound}"} ${counts[index]}`,
        ),
        `http_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`,
        `http_request_duration_seconds_sum{${labels}} ${sum}`,
        `http_request_duration_seconds_count{${labels}} ${count}`,
      ]),
      '# HELP rsvps_total Answers to RSVP forms by city and result.',
      '# TYPE rsvps_total counter',
      ...[...this.#rsvps].map(([labels, value]) => `rsvps_total{${labels}} ${value}`),
      '# HELP process_resident_memory_bytes Resident memory.',
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${memory.rss}`,
    ]
    return `${lines.join('\n')}\n`
  }
}
