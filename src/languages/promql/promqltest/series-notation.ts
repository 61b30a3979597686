import { Labels, METRIC_NAME } from '../labels.ts'
import { unquote } from '../string-literal.ts'
import { ScriptError } from './script.ts'

/** One step of a written series: a value, a gap, the end of the series, or a native histogram. */
export type Written = number | 'missing' | 'stale' | 'histogram'

export interface WrittenSeries {
  labels: Labels
  values: Written[]
}

/** Reads `name{label="value"} 1 2+1x3 _ stale`. A line that is only a number has no labels and no name. */
export function parseSeriesLine(line: string): WrittenSeries {
  const head =
    /^(?:([A-Za-z_:][\w:]*)\s*)?(?:\{((?:[^"'`{}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*)\})?(?=\s|$)/.exec(
      line,
    )
  const written = head?.[0] ?? ''
  const isNumber = /^(?:nan|[-+]?inf)$/i.test(written.trim())
  const labels = isNumber ? Labels.empty : parseLabels(head?.[1] ?? '', head?.[2] ?? '')
  return { labels, values: parseValues(isNumber ? line : line.slice(written.length)) }
}

function parseLabels(name: string, body: string): Labels {
  const record: Record<string, string> = name === '' ? {} : { [METRIC_NAME]: name }
  const pattern =
    /\s*(?:([A-Za-z_][\w.]*)\s*=\s*)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)\s*(?:=\s*("(?:[^"\\]|\\.)*"))?\s*(?:,|$)/gy
  for (const match of body.matchAll(pattern)) {
    const [, plain, quoted = '', after] = match
    const value = unquote(after ?? quoted) ?? ''
    record[plain ?? (after === undefined ? METRIC_NAME : (unquote(quoted) ?? ''))] = value
  }
  return Labels.of(record)
}

function parseValues(text: string): Written[] {
  const values: Written[] = []
  const pattern =
    /\s*(?:(\{\{.*?\}\}(?:[-+]\{\{.*?\}\})?(?:x(\d+))?)|(_)(?:x(\d+))?|(stale)|([-+]?(?:inf|nan|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))(?:([-+](?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))?(?:x(\d+))?)(?=\s|$)/giy
  let end = 0
  for (const match of text.matchAll(pattern)) {
    const [whole, histogram, histogramTimes, gap, gapTimes, stale, value, change, times] = match
    end = match.index + whole.length
    if (histogram !== undefined) repeat(values, Number(histogramTimes ?? 0) + 1, 'histogram')
    else if (gap !== undefined) repeat(values, Number(gapTimes ?? 1), 'missing')
    else if (stale !== undefined) values.push('stale')
    else {
      let current = toNumber(value ?? '')
      for (let i = 0; i <= Number(times ?? 0); i++) {
        values.push(current)
        current += Number(change ?? 0)
      }
    }
  }
  if (text.slice(end).trim() !== '') throw new ScriptError(`no values: ${text.slice(end).trim()}`)
  return values
}

function repeat(values: Written[], times: number, value: Written): void {
  for (let i = 0; i < times; i++) values.push(value)
}

function toNumber(text: string): number {
  const infinity = /^([-+]?)inf$/i.exec(text)
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity
  return /nan/i.test(text) ? Number.NaN : Number(text)
}
