import { expect, it } from 'vitest'
import { Metrics } from '../../kernel/metrics.ts'
import { TrafficMetrics, unknownDestination } from './traffic-metrics.ts'

const source = { workload: 'gw', workloadNamespace: 'system', app: 'gw' }
const lines = async (metrics: Metrics, pattern: RegExp) =>
  (await metrics.text()).split('\n').filter(line => pattern.test(line))

it('counts durations in cumulative buckets, a bound included', async () => {
  const metrics = new Metrics()
  const series = new TrafficMetrics(metrics, () => 0).series(source, unknownDestination)
  for (const ms of [0.2, 0.5, 0.6, 5, 7, 1e9]) series.record(200, '-', ms)
  const buckets = await lines(metrics, /_bucket\{reporter="source"/)
  const counts = buckets.map(line => [/le="([^"]+)"/.exec(line)?.[1], Number(line.split(' ').at(-1))])
  expect(counts).toHaveLength(20)
  expect(counts.slice(0, 5)).toEqual([
    ['0.5', 2],
    ['1', 3],
    ['5', 4],
    ['10', 5],
    ['25', 5],
  ])
  expect(counts.slice(-2)).toEqual([
    ['3600000', 5],
    ['+Inf', 6],
  ])
  expect(await lines(metrics, /_(sum|count)\{reporter="source"/)).toEqual([
    expect.stringMatching(/ 1000000013\.3$/),
    expect.stringMatching(/ 6$/),
  ])
})

it('keeps codes and flags apart', async () => {
  const metrics = new Metrics()
  const series = new TrafficMetrics(metrics, () => 0).series(source, unknownDestination)
  series.record(200, '-', 1)
  series.record(503, 'UH', 1)
  series.record(503, 'UF', 1)
  series.record(200, '-', 1)
  const requests = await lines(metrics, /^istio_requests_total\{reporter="destination"/)
  expect(
    requests.map(line => [
      /response_code="(\d+)"/.exec(line)?.[1],
      /response_flags="([^"]+)"/.exec(line)?.[1],
      line.at(-1),
    ]),
  ).toEqual([
    ['200', '-', '2'],
    ['503', 'UH', '1'],
    ['503', 'UF', '1'],
  ])
})

it('forgets what has been out of use for a quarter of an hour, and nothing else', async () => {
  let now = 0
  const metrics = new Metrics()
  const traffic = new TrafficMetrics(metrics, () => now)
  const [old, kept] = ['old', 'kept'].map(workload =>
    traffic.series(source, { ...unknownDestination, workload }),
  )
  old?.record(200, '-', 1)
  kept?.record(200, '-', 1)
  now = 16 * 60_000
  traffic.keep(kept ? [kept] : [])
  expect(await lines(metrics, /requests_total\{.*destination_workload="old"/)).toHaveLength(0)
  expect(await lines(metrics, /requests_total\{.*destination_workload="kept"/)).toHaveLength(2)
})

it('counts as unknown what is over the limit, and says how often', async () => {
  const metrics = new Metrics()
  const traffic = new TrafficMetrics(metrics, () => 0, 10)
  for (let index = 0; index < 11; index++)
    traffic.series(source, { ...unknownDestination, workload: `w${index}` }).record(200, '-', 1)
  expect(await lines(metrics, /^drave_gateway_series_over_limit_total/)).toEqual([
    'drave_gateway_series_over_limit_total 1',
  ])
  expect(
    await lines(metrics, /^istio_requests_total\{reporter="source".*destination_workload="unknown"/),
  ).toHaveLength(1)
})
