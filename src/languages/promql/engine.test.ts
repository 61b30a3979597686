import { describe, expect, it } from 'vitest'
import { type EngineOptions, queryInstant, queryRange, type Result } from './engine.ts'
import { formatPlain } from './format.ts'
import { parse } from './parser.ts'
import { ScriptStorage } from './promqltest/script-storage.ts'

const storage = new ScriptStorage()
const load = (step: string, ...series: string[]) =>
  storage.load({ kind: 'load', line: 0, stepMs: Number(step) * 1000, withNative: false, series })

load(
  '10',
  'requests_total{code="200",pod="a"} 0+10x60',
  'requests_total{code="500",pod="a"} 0+1x60',
  'requests_total{code="200",pod="b"} 0+20x60',
  'errors_total{pod="a"} 0+1x30 0+1x29',
  'limit{pod="a",tier="gold"} 100',
  'limit{pod="b",tier="silver"} 300',
  'mixed{n="1"} NaN',
  'mixed{n="2"} 5',
  'mixed{n="3"} -5',
  'ends 1 2 3 stale',
  'gauge 4 1 3 2 5',
  'wait_bucket{le="0.1"} 10+0x60',
  'wait_bucket{le="0.5"} 30+0x60',
  'wait_bucket{le="1"} 30+0x60',
  'wait_bucket{le="+Inf"} 40+0x60',
  'falling_bucket{le="1"} 10+0x60',
  'falling_bucket{le="2"} 5+0x60',
  'falling_bucket{le="+Inf"} 12+0x60',
)

const written = (result: Result): string[] => {
  switch (result.type) {
    case 'scalar':
      return [formatPlain(result.value)]
    case 'string':
      return [result.value]
    case 'vector':
      return result.samples.map(({ labels, value }) => `${labels} ${formatPlain(value)}`)
    case 'matrix':
      return result.series.map(
        ({ labels, times, values }) =>
          `${labels} ${[...times].map((time, i) => `${time / 1000}:${formatPlain(values[i] ?? 0)}`).join(' ')}`,
      )
  }
}

const instant = (text: string, seconds: number, options: EngineOptions = {}) =>
  queryInstant(
    { text, expression: parse(text, { experimentalFunctions: true }) },
    storage,
    seconds * 1000,
    options,
  )
const range = (text: string, options: EngineOptions = {}) =>
  queryRange(
    { text, expression: parse(text, { experimentalFunctions: true }) },
    storage,
    { startMs: 0, endMs: 60_000, stepMs: 20_000 },
    options,
  )

describe('queryInstant', () => {
  it.each<[string, number, string[]]>([
    // Selectors: the newest sample within five minutes, the window open at its start.
    ['limit{pod="a"}', 0, ['{__name__="limit", pod="a", tier="gold"} 100']],
    ['limit{pod="a"}', 299, ['{__name__="limit", pod="a", tier="gold"} 100']],
    ['limit{pod="a"}', 300, []],
    ['ends', 29, ['{__name__="ends"} 3']],
    ['ends', 30, []],
    ['ends[30s]', 30, ['{__name__="ends"} 10:2 20:3']],
    ['requests_total{code=~"5.."} offset 1m', 600, ['{__name__="requests_total", code="500", pod="a"} 54']],
    ['limit{tier!~"g.+"} @ 5', 10_000, ['{__name__="limit", pod="b", tier="silver"} 300']],
    // Rates: extrapolated to the edges of the range; resets of counters added up.
    ['rate(requests_total{code="500"}[1m])', 600, ['{code="500", pod="a"} 0.1']],
    ['increase(errors_total[1m])', 330, ['{pod="a"} 4.8']],
    ['irate(errors_total[1m])', 310, ['{pod="a"} 0']],
    ['delta(gauge[40s])', 40, ['{} 5.333333333333333']],
    ['idelta(gauge[40s])', 40, ['{} 3']],
    ['deriv(requests_total{pod="b"}[5m])', 600, ['{code="200", pod="b"} 2']],
    ['predict_linear(requests_total{pod="b"}[5m], 60)', 600, ['{code="200", pod="b"} 1320']],
    ['changes(gauge[1m])', 40, ['{} 4']],
    ['resets(gauge[1m])', 40, ['{} 2']],
    // Over time.
    ['avg_over_time(gauge[1m])', 40, ['{} 3']],
    ['quantile_over_time(0.5, gauge[1m])', 40, ['{} 3']],
    ['max_over_time(gauge[20s]) - min_over_time(gauge[20s])', 40, ['{} 3']],
    ['stdvar_over_time(gauge[1m])', 40, ['{} 2']],
    ['last_over_time(gauge[1m])', 90, ['{__name__="gauge"} 5']],
    ['count_over_time(gauge[1m:5s])', 40, ['{} 9']],
    ['sum_over_time(rate(requests_total{pod="b"}[20s])[40s:20s])', 60, ['{code="200", pod="b"} 4']],
    ['absent_over_time(nothing{a="1",b=~"2"}[5m])', 0, ['{a="1"} 1']],
    ['present_over_time(gauge[1m])', 40, ['{} 1']],
    // Aggregation.
    ['sum by (pod) (requests_total)', 600, ['{pod="a"} 660', '{pod="b"} 1200']],
    ['sum without (code, pod) (requests_total)', 600, ['{} 1860']],
    ['topk(1, requests_total)', 600, ['{__name__="requests_total", code="200", pod="b"} 1200']],
    [
      'bottomk by (pod) (1, requests_total{pod="a"})',
      600,
      ['{__name__="requests_total", code="500", pod="a"} 60'],
    ],
    ['quantile(0.5, requests_total)', 600, ['{} 600']],
    ['count_values("v", limit > bool 200)', 0, ['{v="0"} 1', '{v="1"} 1']],
    ['max(mixed)', 0, ['{} 5']],
    ['avg(mixed)', 0, ['{} NaN']],
    ['stddev(limit)', 0, ['{} 100']],
    ['group(limit)', 0, ['{} 1']],
    // Binary operators and matching.
    ['1 + 2 * 3 ^ 2 % 5', 0, ['4']],
    ['limit > 200', 0, ['{__name__="limit", pod="b", tier="silver"} 300']],
    ['200 < limit', 0, ['{__name__="limit", pod="b", tier="silver"} 300']],
    ['limit == bool 100', 0, ['{pod="a", tier="gold"} 1', '{pod="b", tier="silver"} 0']],
    ['errors_total / on(pod) limit', 10, ['{pod="a"} 0.01']],
    [
      'requests_total / on(pod) group_left(tier) limit',
      10,
      [
        '{code="200", pod="a", tier="gold"} 0.1',
        '{code="500", pod="a", tier="gold"} 0.01',
        '{code="200", pod="b", tier="silver"} 0.06666666666666667',
      ],
    ],
    ['limit and on(pod) errors_total', 0, ['{__name__="limit", pod="a", tier="gold"} 100']],
    ['limit unless on(pod) errors_total', 0, ['{__name__="limit", pod="b", tier="silver"} 300']],
    [
      'errors_total or on(pod) limit{pod="b"}',
      0,
      ['{__name__="errors_total", pod="a"} 0', '{__name__="limit", pod="b", tier="silver"} 300'],
    ],
    ['-limit{pod="a"}', 0, ['{pod="a", tier="gold"} -100']],
    ['vector(1) atan2 vector(1)', 0, ['{} 0.7853981633974483']],
    // Histograms.
    ['histogram_quantile(0.5, wait_bucket)', 0, ['{} 0.30000000000000004']],
    ['histogram_quantile(0.99, wait_bucket)', 0, ['{} 1']],
    ['histogram_fraction(0, 0.5, wait_bucket)', 0, ['{} 0.75']],
    // Labels, order, time.
    [
      'label_replace(limit{pod="a"}, "x", "$1-$y", "tier", "(g)(?P<y>.*)")',
      0,
      ['{__name__="limit", pod="a", tier="gold", x="g-old"} 100'],
    ],
    [
      'label_join(limit{pod="a"}, "x", "/", "pod", "none", "tier")',
      0,
      ['{__name__="limit", pod="a", tier="gold", x="a//gold"} 100'],
    ],
    [
      'sort(mixed)',
      0,
      ['{__name__="mixed", n="3"} -5', '{__name__="mixed", n="2"} 5', '{__name__="mixed", n="1"} NaN'],
    ],
    [
      'sort_desc(mixed)',
      0,
      ['{__name__="mixed", n="2"} 5', '{__name__="mixed", n="3"} -5', '{__name__="mixed", n="1"} NaN'],
    ],
    ['absent(limit{pod="c"})', 0, ['{pod="c"} 1']],
    ['clamp(mixed{n="2"}, 0, 3)', 0, ['{n="2"} 3']],
    ['round(vector(2.5)) + round(vector(7.3), 5)', 0, ['{} 8']],
    ['scalar(limit)', 0, ['NaN']],
    ['timestamp(limit{pod="a"})', 100, ['{pod="a", tier="gold"} 0']],
    ['hour(vector(7200)) + day_of_week() + days_in_month()', 0, ['{} 37']],
    ['time()', 1.5, ['1.5']],
    ['"text"', 0, ['text']],
  ])('%s at %d', (text, seconds, expected) => {
    expect(written(instant(text, seconds).result)).toEqual(expected)
  })

  it.each<[string, number, string]>([
    [
      'requests_total * on(pod) limit',
      0,
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    ],
    [
      'limit * on(pod) requests_total',
      0,
      'found duplicate series for the match group {pod="a"} on the right hand-side of the operation: [{__name__="requests_total", code="500", pod="a"}, {__name__="requests_total", code="200", pod="a"}];many-to-many matching not allowed: matching labels must be unique on one side',
    ],
    ['label_replace(limit, "pod", "x", "", "") * on(pod) group_left vector(1)', 0, ''],
    ['ceil({__name__=~"gauge|ends"})', 0, 'vector cannot contain metrics with the same labelset'],
    ['topk(NaN, limit)', 0, 'Parameter value is NaN'],
    ['count_values("", limit)', 0, 'invalid label name ""'],
    ['label_replace(limit, "a", "b", "c", "(")', 0, 'invalid regular expression in label_replace(): ('],
    [
      'double_exponential_smoothing(gauge[1m], 0, 0.5)',
      40,
      'invalid smoothing factor. Expected: 0 < sf < 1, got: 0.000000',
    ],
  ])('%s fails', (text, seconds, message) => {
    if (message === '') expect(written(instant(text, seconds).result)).toEqual([])
    else expect(() => instant(text, seconds)).toThrow(message)
  })

  it.each<[string, string[], string[]]>([
    [
      'rate(gauge[1m])',
      [],
      [
        'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "gauge" (1:6)',
      ],
    ],
    ['rate(requests_total[1m])', [], []],
    ['quantile(2, limit)', ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'], []],
    [
      'histogram_quantile(0.5, limit)',
      [
        'PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "limit" (1:25)',
      ],
      [],
    ],
    [
      'histogram_quantile(0.5, falling_bucket)',
      [],
      [
        'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "falling_bucket" (1:25)',
      ],
    ],
  ])('%s has notes', (text, warnings, infos) => {
    const answer = instant(text, 40)
    expect([answer.warnings, answer.infos]).toEqual([warnings, infos])
  })

  it('drops the names of metrics at once, or at the end', () => {
    const text = 'count by (__name__) (rate(requests_total[1m]))'
    expect(written(instant(text, 600).result)).toEqual(['{} 3'])
    const kept = 'label_replace(rate(errors_total[1m]), "was", "$1", "__name__", "(.+)")'
    expect(written(instant(kept, 250).result)).toEqual(['{pod="a", was=""} 0.1'.replace(', was=""', '')])
    expect(written(instant(kept, 250, { delayedNameRemoval: true }).result)).toEqual([
      '{pod="a", was="errors_total"} 0.1',
    ])
  })

  it('ends when a limit is reached', () => {
    expect(() => instant('requests_total[10m]', 600, { maxSamples: 100 })).toThrow(
      'query processing would load too many samples into memory in query execution',
    )
    const checkpoint = () => {
      throw new Error('time is up')
    }
    expect(() => instant('requests_total', 600, { checkpoint })).toThrow('time is up')
  })

  it('takes the lookback from its options', () => {
    expect(written(instant('limit{pod="a"}', 20, { lookbackMs: 10_000 }).result)).toEqual([])
  })
})

describe('queryRange', () => {
  it.each<[string, string[]]>([
    ['gauge', ['{__name__="gauge"} 0:4 20:3 40:5 60:5']],
    ['ends', ['{__name__="ends"} 0:1 20:3']],
    ['gauge > 3', ['{__name__="gauge"} 0:4 40:5 60:5']],
    ['1', ['{} 0:1 20:1 40:1 60:1']],
    ['time() - start()', ['{} 0:0 20:20 40:40 60:60']],
    ['step() + range()', ['{} 0:80 20:80 40:80 60:80']],
    ['sum(rate(requests_total[20s]))', ['{} 20:3.1 40:3.1 60:3.1']],
    ['gauge @ end()', ['{__name__="gauge"} 0:5 20:5 40:5 60:5']],
    ['max_over_time(gauge[20s] @ 30)', ['{} 0:3 20:3 40:3 60:3']],
    ['topk(1, mixed > gauge)', []],
    ['absent(ends)', ['{} 40:1 60:1']],
    [
      'requests_total{pod="b"} offset -10s',
      ['{__name__="requests_total", code="200", pod="b"} 0:20 20:60 40:100 60:140'],
    ],
    ['sum_over_time(gauge[40s:20s])', ['{} 0:4 20:7 40:8 60:10']],
    [
      'errors_total or gauge',
      ['{__name__="errors_total", pod="a"} 0:0 20:2 40:4 60:6', '{__name__="gauge"} 0:4 20:3 40:5 60:5'],
    ],
  ])('%s', (text, expected) => {
    expect(written(range(text).result)).toEqual(expected)
  })

  it('looks back five minutes from each step, and not on the sample exactly at the start', () => {
    const text = 'limit{pod="a"}'
    const steps = { startMs: 100_000, endMs: 400_000, stepMs: 100_000 }
    const answer = queryRange({ text, expression: parse(text) }, storage, steps)
    expect(written(answer.result)).toEqual(['{__name__="limit", pod="a", tier="gold"} 100:100 200:100'])
  })

  it('gives the same as an instant query at each step', () => {
    for (const text of [
      'sum by (code) (rate(requests_total[30s]))',
      'requests_total - on(pod) group_left() errors_total',
      'histogram_quantile(0.9, sum by (le) (rate(wait_bucket[1m])))',
      'avg_over_time(gauge[25s]) > 2',
      'max_over_time(sum(requests_total)[30s:5s])',
    ]) {
      const { result } = range(text)
      const byStep = [0, 20, 40, 60].map(seconds => {
        const answer = instant(text, seconds).result
        return answer.type === 'vector'
          ? answer.samples.map(({ labels, value }) => `${labels} ${value}`).sort()
          : []
      })
      const fromRange = [0, 20, 40, 60].map(seconds =>
        result.type === 'matrix'
          ? result.series
              .flatMap(({ labels, times, values }) => {
                const at = times.indexOf(seconds * 1000)
                return at < 0 ? [] : [`${labels} ${values[at]}`]
              })
              .sort()
          : [],
      )
      expect(fromRange).toEqual(byStep)
    }
  })

  it('warns that sorting has no effect, and refuses range vectors', () => {
    expect(range('sort(gauge)').warnings).toEqual([
      'PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)',
    ])
    expect(() => range('gauge[1m]')).toThrow('invalid expression type "range vector"')
  })
})
