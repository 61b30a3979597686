import type { Answer, MatrixSeries } from '../../../languages/promql/engine.ts'
import { formatSample, formatTimestamp } from '../../../languages/promql/format.ts'
import type { Labels } from '../../../languages/promql/labels.ts'

const point = (timeMs: number, value: number): string =>
  `[${formatTimestamp(timeMs)},"${formatSample(value)}"]`

function metric({ pairs }: Labels): string {
  let text = '{'
  for (let i = 0; i < pairs.length; i += 2)
    text += `${i === 0 ? '' : ','}${JSON.stringify(pairs[i])}:${JSON.stringify(pairs[i + 1])}`
  return `${text}}`
}

function seriesText({ labels, times, values }: MatrixSeries): string {
  let text = `{"metric":${metric(labels)},"values":[`
  for (let i = 0; i < times.length; i++)
    text += `${i === 0 ? '' : ','}${point(times[i] ?? 0, values[i] ?? 0)}`
  return `${text}]}`
}

/** The `data` of a query's answer as JSON, piece by piece; `limit` cuts off series, 0 for none. */
export function* encodeResult({ result }: Answer, limit: number): Generator<string> {
  const type = `{"resultType":"${result.type}","result":`
  if (result.type === 'scalar') yield `${type}${point(result.timeMs, result.value)}}`
  else if (result.type === 'string')
    yield `${type}[${formatTimestamp(result.timeMs)},${JSON.stringify(result.value)}]}`
  else {
    const all = result.type === 'vector' ? result.samples : result.series
    const kept = limit > 0 ? all.slice(0, limit) : all
    yield `${type}[`
    for (const [index, one] of kept.entries()) {
      const text =
        'times' in one
          ? seriesText(one)
          : `{"metric":${metric(one.labels)},"value":${point(one.timeMs, one.value)}}`
      yield index === 0 ? text : `,${text}`
    }
    yield ']}'
  }
}

/** How many series an answer has. */
export const sizeOf = ({ result }: Answer): number =>
  result.type === 'vector' ? result.samples.length : result.type === 'matrix' ? result.series.length : 1
