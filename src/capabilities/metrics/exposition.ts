/** One sample of an exposition: its series as written, so that a scraper can know it again without reading it. */
export interface ExposedSample {
  /** `name{label="value"}`, exactly as written. */
  series: string
  value: number
  /** Milliseconds, when the target says at which time it was taken. */
  timestampMs: number | undefined
}

export interface MetricMetadata {
  type: string
  help: string
  unit: string
}

export interface Exposition {
  samples: ExposedSample[]
  /** By the metric's name. */
  metadata: Map<string, MetricMetadata>
}

/** Text that is neither Prometheus' text format 0.0.4 nor OpenMetrics 1.0, with the line. */
export class ExpositionError extends Error {
  override name = 'ExpositionError'

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`)
  }
}

const TYPES = /^(?:counter|gauge|histogram|summary|untyped|unknown|info|stateset|gaugehistogram)$/

/** Reads the Prometheus text format, or OpenMetrics when the content type says so. Throws ExpositionError. */
export function parseExposition(text: string, contentType: string): Exposition {
  const isOpenMetrics = contentType.toLowerCase().startsWith('application/openmetrics-text')
  const samples: ExposedSample[] = []
  const metadata = new Map<string, MetricMetadata>()
  let line = 0
  for (let at = 0; at < text.length; ) {
    line++
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    let start = at
    while (start < end && text.charCodeAt(start) <= SPACE) start++
    at = end + 1
    if (start === end) continue
    if (text.charCodeAt(start) !== HASH) {
      samples.push(parseSample(text.slice(start, end), line, isOpenMetrics))
      continue
    }
    if (isOpenMetrics && /^# EOF\s*$/.test(text.slice(start, end))) return { samples, metadata }
    parseComment(text.slice(start, end), line, metadata)
  }
  if (isOpenMetrics) throw new ExpositionError(line, 'data does not end with # EOF')
  return { samples, metadata }
}

function parseComment(comment: string, line: number, metadata: Map<string, MetricMetadata>): void {
  const match = /^#\s*(TYPE|HELP|UNIT)\s+("(?:[^"\\]|\\.)*"|\S+)\s*(.*)$/.exec(comment)
  if (!match) return
  const [, kind, written = '', rest = ''] = match
  const name = written.startsWith('"') ? unescaped(written.slice(1, -1)) : written
  const known = metadata.get(name) ?? { type: 'unknown', help: '', unit: '' }
  metadata.set(name, known)
  if (kind === 'HELP') known.help = unescaped(rest.trimEnd())
  else if (kind === 'UNIT') known.unit = rest.trim()
  else if (TYPES.test(rest.trim())) known.type = rest.trim() === 'untyped' ? 'unknown' : rest.trim()
  else throw new ExpositionError(line, `invalid metric type "${rest.trim()}"`)
}

const [TAB, SPACE, QUOTE, HASH, OPEN, BACKSLASH, CLOSE] = [9, 32, 34, 35, 123, 92, 125]
const isBlank = (code: number): boolean => code === SPACE || code === TAB

// Reads character by character: a scrape has thousands of lines, every second.
function parseSample(text: string, line: number, isOpenMetrics: boolean): ExposedSample {
  const end = seriesEnd(text)
  if (end <= 0) throw new ExpositionError(line, `no series in ${JSON.stringify(text.slice(0, 80))}`)
  let start = end
  while (start < text.length && isBlank(text.charCodeAt(start))) start++
  let stop = start
  while (stop < text.length && text.charCodeAt(stop) > SPACE) stop++
  const value = parseValue(text.slice(start, stop))
  if (value === undefined) throw new ExpositionError(line, `invalid value "${text.slice(start, stop)}"`)
  const rest = stop === text.length ? '' : withoutExemplar(text.slice(stop).trim())
  const time = rest === '' ? undefined : Number(rest)
  if (time !== undefined && !Number.isFinite(time))
    throw new ExpositionError(line, `invalid timestamp "${rest}"`)
  return {
    series: text.slice(0, end),
    value,
    timestampMs: time === undefined ? undefined : Math.round(isOpenMetrics ? time * 1000 : time),
  }
}

const withoutExemplar = (text: string): string =>
  text.charCodeAt(0) === HASH ? '' : text.replace(/\s#\s*\{.*$/, '')

/** Where the series ends: behind its closing brace, or before the first blank when it has no labels; -1 without an end. */
function seriesEnd(text: string): number {
  let at = 0
  while (at < text.length && text.charCodeAt(at) !== OPEN && !isBlank(text.charCodeAt(at))) at++
  const blank = at
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  if (text.charCodeAt(at) !== OPEN) return blank === text.length ? -1 : blank
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === CLOSE) return at + 1
    if (code !== QUOTE) continue
    for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++)
      if (text.charCodeAt(at) === BACKSLASH) at++
  }
  return -1
}

function parseValue(text: string): number | undefined {
  const value = text === '' ? Number.NaN : Number(text)
  if (!Number.isNaN(value)) return value
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity
  return /^nan$/i.test(text) ? Number.NaN : undefined
}

const unescaped = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\([\\n"])/g, (_, character: string) => (character === 'n' ? '\n' : character))
    : text

/** The metric's name and labels in a series as written. Throws ExpositionError, without a line of its own. */
export function parseSeries(series: string): { name: string; labels: [name: string, value: string][] } {
  const brace = series.indexOf('{')
  if (brace < 0) return { name: checkedName(series), labels: [] }
  let name = series.slice(0, brace).trim()
  const labels: [string, string][] = []
  const pattern = /\s*(?:([A-Za-z_][\w.]*|"(?:[^"\\]|\\.)*")\s*=\s*)?"((?:[^"\\]|\\.)*)"\s*(,|\}$)|\s*\}$/gy
  pattern.lastIndex = brace + 1
  for (;;) {
    const match = pattern.exec(series)
    if (!match) throw new ExpositionError(0, `invalid labels in ${series}`)
    const [whole, label, value] = match
    if (value !== undefined) {
      const text = unescaped(value)
      if (label === undefined) name = text
      else labels.push([label.startsWith('"') ? unescaped(label.slice(1, -1)) : label, text])
    }
    if (whole.endsWith('}')) break
  }
  return { name: name.includes('"') ? name : checkedName(name, series), labels }
}

function checkedName(name: string, series = name): string {
  if (name === '') throw new ExpositionError(0, `no metric name in ${series}`)
  return name
}
