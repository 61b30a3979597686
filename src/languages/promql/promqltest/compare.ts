import type { Result } from '../engine.ts'
import { formatPlain } from '../format.ts'
import { almostEqual } from '../histogram.ts'
import type { Labels } from '../labels.ts'
import { unquote } from '../string-literal.ts'
import type { EvalCommand, ScriptRange } from './script.ts'
import { parseSeriesLine, type WrittenSeries } from './series-notation.ts'

/** As upstream's test framework: equal up to one part in a million. */
const TOLERANCE = 1e-6

const format = (value: number | undefined): string => (value === undefined ? 'nothing' : formatPlain(value))
const differs = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined ? a !== b : !almostEqual(a, b, TOLERANCE)

/** One expected or actual series: its values by time. */
interface Points {
  labels: Labels
  values: ReadonlyMap<number, number>
}

function firstDifference(expected: readonly Points[], actual: readonly Points[]): string | undefined {
  const found = new Map(actual.map(series => [series.labels.key, series]))
  for (const { labels, values } of expected) {
    const match = found.get(labels.key)
    found.delete(labels.key)
    for (const time of new Set([...values.keys(), ...(match?.values.keys() ?? [])])) {
      const [wanted, got] = [values.get(time), match?.values.get(time)]
      if (differs(wanted, got))
        return `${labels} at ${time} ms: expected ${format(wanted)}, got ${format(got)}`
    }
  }
  for (const { labels } of found.values()) return `unexpected series ${labels}`
  return undefined
}

function pointsOf(series: WrittenSeries, range: ScriptRange): Points {
  const values = new Map<number, number>()
  for (const [index, value] of series.values.entries())
    if (typeof value === 'number') values.set(range.startMs + index * range.stepMs, value)
  return { labels: series.labels, values }
}

function matrixPoints(result: Result): Points[] {
  if (result.type !== 'matrix') return []
  return result.series.map(({ labels, times, values }) => ({
    labels,
    values: new Map([...times].map((time, index) => [time, values[index] ?? 0])),
  }))
}

/** Why a result over a range is not what the script expects, or undefined. */
export function compareRange(
  expected: readonly string[],
  result: Result,
  range: ScriptRange,
): string | undefined {
  const written = expected.map(parseSeriesLine).map(series => pointsOf(series, range))
  const nonEmpty = written.filter(({ values }) => values.size > 0)
  return firstDifference(nonEmpty, matrixPoints(result))
}

/** Why an instant result is not what the script expects, or undefined. */
export function compareInstant(command: EvalCommand, result: Result): string | undefined {
  const expectedString = command.expectations.find(({ kind }) => kind === 'string')?.string
  if (expectedString !== undefined) {
    const wanted = unquote(expectedString)
    return result.type === 'string' && result.value === wanted ? undefined : `expected the string ${wanted}`
  }
  const range = command.expectations.find(({ kind }) => kind === 'range vector')?.range
  if (range) return compareRange(command.expected, result, range)
  const written = command.expected.map(parseSeriesLine)
  if (result.type === 'scalar') {
    const value = written[0]?.values[0]
    return typeof value === 'number' && !differs(value, result.value)
      ? undefined
      : `expected ${value}, got ${formatPlain(result.value)}`
  }
  if (result.type !== 'vector') return `expected a vector, got a ${result.type}`
  const expected = written.map(series => pointsOf(series, { startMs: 0, endMs: 0, stepMs: 1 }))
  const actual = result.samples.map(({ labels, value }) => ({ labels, values: new Map([[0, value]]) }))
  if (command.expectations.some(({ kind }) => kind === 'ordered'))
    for (const [index, { labels }] of expected.entries())
      if (actual[index]?.labels.key !== labels.key) return `expected ${labels} at place ${index + 1}`
  return firstDifference(expected, actual)
}

/** As `compareInstant`, for one step in the middle of the same query over a range. */
export function compareMiddle(command: EvalCommand, result: Result, timeMs: number): string | undefined {
  const written = command.expected.map(parseSeriesLine)
  const expected = written.map(series => pointsOf(series, { startMs: timeMs, endMs: timeMs, stepMs: 1 }))
  const actual = matrixPoints(result)
    .map(({ labels, values }) => ({
      labels,
      values: new Map([...values].filter(([time]) => time === timeMs)),
    }))
    .filter(({ values }) => values.size > 0)
  const difference = firstDifference(expected, actual)
  return difference && `as one step of a range: ${difference}`
}
