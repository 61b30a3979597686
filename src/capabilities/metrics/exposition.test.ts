import { describe, expect, it } from 'vitest'
import { parseExposition, parseSeries } from './exposition.ts'

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

describe('parseExposition', () => {
  it('reads the text format', () => {
    const { samples, metadata } = parseExposition(
      [
        '# HELP http_requests_total Requests \\\\ by code.\\nSecond line.',
        '# TYPE http_requests_total counter',
        'http_requests_total{method="post",code="200"} 1027 1395066363000',
        'http_requests_total{method="post",code="400"}    3 1395066363000',
        '',
        '# a comment',
        'msdos_file_access_time_seconds{path="C:\\\\DIR\\\\F{ILE}.TXT",error="Cannot find:\\n\\"FILE\\""} 1.458255915e9',
        'metric_without_timestamp_and_labels 12.47',
        '\tsomething_weird{problem="division by zero"} +Inf -3982045\r',
        'nothing NaN',
        '# TYPE old untyped',
        'old{} -Inf',
      ].join('\n'),
      'text/plain; version=0.0.4',
    )
    expect(samples.map(({ value }) => value)).toEqual([
      1027,
      3,
      1.458255915e9,
      12.47,
      Infinity,
      Number.NaN,
      -Infinity,
    ])
    expect(samples.map(({ timestampMs }) => timestampMs)).toEqual([
      1395066363000,
      1395066363000,
      undefined,
      undefined,
      -3982045,
      undefined,
      undefined,
    ])
    expect(metadata.get('http_requests_total')).toEqual({
      type: 'counter',
      help: 'Requests \\ by code.\nSecond line.',
      unit: '',
    })
    expect(metadata.get('old')?.type).toBe('unknown')
    expect(parseSeries(samples[2]?.series ?? '')).toEqual({
      name: 'msdos_file_access_time_seconds',
      labels: [
        ['path', 'C:\\DIR\\F{ILE}.TXT'],
        ['error', 'Cannot find:\n"FILE"'],
      ],
    })
  })

  it('reads OpenMetrics: seconds, units, exemplars, the end', () => {
    const { samples, metadata } = parseExposition(
      [
        '# TYPE foo_seconds histogram',
        '# UNIT foo_seconds seconds',
        'foo_seconds_bucket{le="0.1"} 8 1520879607.789 # {trace_id="a # {b"} 0.05',
        'foo_seconds_count 17',
        '# EOF',
        'ignored 1',
      ].join('\n'),
      OPEN_METRICS,
    )
    expect(samples).toEqual([
      { series: 'foo_seconds_bucket{le="0.1"}', value: 8, timestampMs: 1520879607789 },
      { series: 'foo_seconds_count', value: 17, timestampMs: undefined },
    ])
    expect(metadata.get('foo_seconds')).toEqual({ type: 'histogram', help: '', unit: 'seconds' })
  })

  it.each([
    ['a value that is none', 'a 1\nb one', 'text/plain', 'line 2: invalid value "one"'],
    ['no value', 'a{b="c"}', 'text/plain', 'line 1: invalid value ""'],
    ['no name', '{b="c" 1', 'text/plain', 'line 1: no series in "{b=\\"c\\" 1"'],
    ['open labels', 'a{b="c', 'text/plain', 'line 1: no series in "a{b=\\"c"'],
    ['a bad timestamp', 'a 1 soon', 'text/plain', 'line 1: invalid timestamp "soon"'],
    ['too many fields', 'a 1 2 3', 'text/plain', 'line 1: invalid timestamp "2 3"'],
    ['an unknown type', '# TYPE a thing', 'text/plain', 'line 1: invalid metric type "thing"'],
    ['no end', 'a 1\n', OPEN_METRICS, 'line 1: data does not end with # EOF'],
  ])('refuses %s', (_, text, type, message) => {
    expect(() => parseExposition(text, type)).toThrow(message)
  })

  it.each<[string, ReturnType<typeof parseSeries>]>([
    ['up', { name: 'up', labels: [] }],
    ['up{}', { name: 'up', labels: [] }],
    ['up{a="1",}', { name: 'up', labels: [['a', '1']] }],
    [
      'up { a = "1" , b="2" }',
      {
        name: 'up',
        labels: [
          ['a', '1'],
          ['b', '2'],
        ],
      },
    ],
    ['{"my.metric","my.label"="x"}', { name: 'my.metric', labels: [['my.label', 'x']] }],
  ])('reads the series %s', (text, expected) => {
    expect(parseSeries(text)).toEqual(expected)
  })

  it.each(['up{a}', 'up{a="1" b="2"}', '{a="1"}', 'up{="1"}'])('refuses the series %s', text => {
    expect(() => parseSeries(text)).toThrow(/invalid labels|no metric name/)
  })
})
