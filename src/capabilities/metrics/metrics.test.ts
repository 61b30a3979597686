import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import { Pod, Service } from '../../kube/generated/core-v1.ts'
import { metrics } from './index.ts'

interface Result {
  metric: Record<string, string>
  value?: [number, string]
  values?: [number, string][]
}
interface Envelope {
  status: string
  errorType?: string
  error?: string
  warnings?: string[]
  infos?: string[]
  // Each test knows the shape that its request is answered with.
  data: { resultType: string; result: Result[] } & Record<string, unknown>
}

describe('metrics', () => {
  const START = Date.UTC(2026, 0, 1)
  let clock: VirtualClock
  let stack: TestKernel
  let url: string
  let answer: (response: ServerResponse) => void
  const target = createServer((_, response) => answer(response))

  beforeEach(async () => {
    clock = new VirtualClock(START)
    stack = await startTestKernel({
      capabilities: [metrics],
      clock,
      settings: { 'metrics.sampleLimit': 100 },
    })
    url = stack.kernel.endpoints.get('prometheus') ?? ''
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
  })
  afterEach(async () => {
    await stack[Symbol.asyncDispose]()
    target.closeAllConnections()
    await new Promise(resolve => target.close(resolve))
  })

  async function get(path: string, init?: RequestInit): Promise<Envelope & { code: number }> {
    const response = await fetch(url + path, init)
    // The server answers JSON on the paths that use this.
    return { code: response.status, ...((await response.json()) as Envelope) }
  }
  const query = (text: string, at = clock.now()): Promise<Envelope> =>
    get(`/api/v1/query?${new URLSearchParams({ query: text, time: String(at / 1000) })}`)
  const results = async (text: string): Promise<string[]> =>
    (await query(text)).data.result.map(
      ({ metric, value }) => `${metric['pod'] ?? ''}${metric['code'] ?? ''}=${value?.[1]}`,
    )
  const port = (): number => (target.address() as AddressInfo).port

  async function runPod(name = 'site-1'): Promise<void> {
    const { client } = stack.kernel
    const metadata = {
      name,
      namespace: 'default',
      labels: { app: 'site' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port()) },
    }
    await client.create(Pod, { metadata, spec: { containers: [{ name: 'site', image: 'site' }] } })
    await client.patch(
      Pod,
      { name, namespace: 'default' },
      { status: { phase: 'Running', podIP: '127.0.0.1' } },
      { subresource: 'status' },
    )
    await until(
      `the informer to see ${name}`,
      () => stack.kernel.informers.for(Pod).get(`default/${name}`)?.status?.podIP === '127.0.0.1',
    )
  }
  /** Lets a second pass and waits for the scrape to be stored. */
  async function scrape(): Promise<void> {
    await clock.advance(1000)
    await until('the scrape', async () => {
      const { data } = await query('timestamp(up{job="kubernetes-pods"})')
      return (
        data.result.length > 0 && data.result.every(({ value }) => Number(value?.[1]) * 1000 === clock.now())
      )
    })
  }

  it('scrapes annotated pods, with their labels, and computes rates', async () => {
    let requests = 0
    answer = response => {
      requests += 10
      response.end(`# TYPE site_requests_total counter\nsite_requests_total{code="200"} ${requests}\n`)
    }
    await runPod()
    for (let i = 0; i < 5; i++) await scrape()
    const { data } = await query('site_requests_total')
    expect(data.result).toEqual([
      {
        metric: {
          __name__: 'site_requests_total',
          app: 'site',
          code: '200',
          instance: `127.0.0.1:${port()}`,
          job: 'kubernetes-pods',
          namespace: 'default',
          pod: 'site-1',
        },
        value: [clock.now() / 1000, '50'],
      },
    ])
    expect(await results('rate(site_requests_total[4s])')).toEqual(['site-1200=10'])
    expect(await results('up{job="kubernetes-pods"}')).toEqual(['site-1=1'])
    expect(await results('scrape_samples_scraped')).toEqual(['site-1=1'])
    expect((await get('/api/v1/metadata?metric=site_requests_total')).data).toEqual({
      site_requests_total: [{ type: 'counter', help: '', unit: '' }],
    })
  })

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['an error', response => response.writeHead(500).end('no'), /HTTP status 500/],
    ['text that is no exposition', response => response.end('fine 1\nbroken'), /line 2/],
    ['labels that cannot be read', response => response.end('fine 1\nbroken{a=b} 1'), /invalid labels/],
    [
      'too many samples',
      response => response.end('a 1\n'.repeat(101)),
      /101 samples are more than the limit/,
    ],
    ['a closed connection', response => response.destroy(), /socket hang up/],
  ])('marks a target as down, and its series as ended, on %s', async (_, broken, reason) => {
    answer = response => response.end('fine 1\n')
    await runPod()
    await scrape()
    expect(await results('fine')).toEqual(['site-1=1'])
    answer = broken
    await scrape()
    expect(await results('up{job="kubernetes-pods"}')).toEqual(['site-1=0'])
    expect(await results('fine')).toEqual([])
    const { data } = await get('/api/v1/targets')
    expect(data['activeTargets']).toMatchObject([
      { health: 'down', lastError: expect.stringMatching(reason) },
    ])
    answer = response => response.end('fine 2\n')
    await scrape()
    expect(await results('fine')).toEqual(['site-1=2'])
  })

  it('keeps labels that clash with those of the target, under other names', async () => {
    answer = response => response.end('fine{pod="mine",exported_pod="other",namespace=""} 1\n')
    await runPod()
    await scrape()
    expect((await query('fine')).data.result[0]?.metric).toMatchObject({
      pod: 'site-1',
      namespace: 'default',
      exported_pod: 'other',
      exported_exported_pod: 'mine',
    })
  })

  it('takes samples at the time that the target gives them', async () => {
    answer = response => response.end(`fine 7 ${START + 250}\n`)
    await runPod()
    await scrape()
    expect((await query('timestamp(fine)')).data.result[0]?.value?.[1]).toBe(String((START + 250) / 1000))
  })

  it('ends the series of a pod that is gone', async () => {
    answer = response => response.end('fine 1\n')
    await runPod()
    await scrape()
    await stack.kernel.client.delete(Pod, { name: 'site-1', namespace: 'default' }, { gracePeriodSeconds: 0 })
    await until('the pod to go', () => !stack.kernel.informers.for(Pod).get('default/site-1'))
    await clock.advance(1000)
    expect(await results('{namespace="default"}')).toEqual([])
  })

  it('keeps the metrics of the process itself', async () => {
    const counter = stack.kernel.metrics.counter({
      name: 'thing_total',
      help: 'Things',
      labelNames: ['code'],
    })
    counter.inc({ code: 'a' }, 3)
    const histogram = stack.kernel.metrics.histogram({ name: 'wait_seconds', help: 'Waits', buckets: [1, 2] })
    histogram.observe(1.5)
    await clock.advance(1000)
    expect(await results('thing_total{job="drave"}')).toEqual(['a=3'])
    expect((await query('histogram_quantile(0.5, wait_seconds_bucket)')).data.result[0]?.value?.[1]).toBe(
      '1.5',
    )
    expect(await results('up{job="drave"}')).toEqual(['=1'])
    expect((await get('/api/v1/metadata?metric=thing_total')).data).toEqual({
      thing_total: [{ type: 'counter', help: 'Things', unit: '' }],
    })
    counter.remove('a')
    await clock.advance(1000)
    expect(await results('thing_total')).toEqual([])
  })

  it('answers ranges, series, labels and values, by GET and by form', async () => {
    stack.kernel.metrics.gauge({ name: 'level', help: 'Level', labelNames: ['place'] }).set({ place: 'a' }, 4)
    await clock.advance(3000)
    const range = {
      query: 'level{place="a"} > bool 3',
      start: String(START / 1000 + 1),
      end: String(START / 1000 + 3),
      step: '1s',
    }
    const body = new URLSearchParams(range)
    const answers = [
      await get(`/api/v1/query_range?${body}`),
      await get('/api/v1/query_range', { method: 'POST', body }),
    ]
    for (const { data } of answers) {
      expect(data.resultType).toBe('matrix')
      expect(data.result[0]?.values).toEqual([1, 2, 3].map(second => [START / 1000 + second, '1']))
    }
    expect((await get('/api/v1/series?match[]=level')).data).toEqual([
      { __name__: 'level', instance: 'drave', job: 'drave', place: 'a' },
    ])
    expect((await get('/api/v1/labels?match[]=level')).data).toEqual(['__name__', 'instance', 'job', 'place'])
    expect((await get('/api/v1/label/place/values')).data).toEqual(['a'])
    expect((await get('/api/v1/label/__name__/values?match[]={place="a"}')).data).toEqual(['level'])
    const limited = await get('/api/v1/labels?match[]=level&limit=1')
    expect([limited.data, limited.warnings]).toEqual([['__name__'], ['results truncated due to limit']])
  })

  it.each<[string, unknown]>([
    ['1 + 1', { resultType: 'scalar', result: [START / 1000, '2'] }],
    ['"text"', { resultType: 'string', result: [START / 1000, 'text'] }],
    ['vector(1/0)', { resultType: 'vector', result: [{ metric: {}, value: [START / 1000, '+Inf'] }] }],
    ['vector(1e-9)', { resultType: 'vector', result: [{ metric: {}, value: [START / 1000, '1e-09'] }] }],
    ['missing', { resultType: 'vector', result: [] }],
    ['missing[5m]', { resultType: 'matrix', result: [] }],
  ])('answers %s', async (text, data) => {
    expect(await query(text)).toEqual({ code: 200, status: 'success', data })
  })

  it.each<[path: string, code: number, errorType: string, error: string]>([
    [
      '/api/v1/query?query=foo{',
      400,
      'bad_data',
      'invalid parameter "query": 1:5: parse error: unexpected end of input inside braces',
    ],
    [
      '/api/v1/query?query=up&time=noon',
      400,
      'bad_data',
      'invalid parameter "time": cannot parse "noon" to a valid timestamp',
    ],
    [
      '/api/v1/query_range?query=up&start=2&end=1&step=1',
      400,
      'bad_data',
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      '/api/v1/query_range?query=up&start=1&end=2&step=0',
      400,
      'bad_data',
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      '/api/v1/query_range?query=up&start=0&end=11001&step=1',
      400,
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    ],
    [
      '/api/v1/query_range?query=up[1m]&start=0&end=1&step=1',
      400,
      'bad_data',
      'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    ],
    [
      '/api/v1/query?query=mad_over_time(up[1m])',
      400,
      'bad_data',
      'invalid parameter "query": 1:1: parse error: function "mad_over_time" is not enabled',
    ],
    [
      '/api/v1/query?query=label_replace(vector(1),"a","b","c","(")',
      422,
      'execution',
      'invalid regular expression in label_replace(): (',
    ],
    ['/api/v1/series', 400, 'bad_data', 'no match[] parameter provided'],
    [
      '/api/v1/series?match[]=sum(up)',
      400,
      'bad_data',
      'invalid parameter "match[]": "sum(up)" is no selector',
    ],
    ['/api/v1/write', 404, 'not_found', 'Drave has no receiver for remote write here'],
    ['/api/v1/nothing', 404, 'not_found', 'there is no /api/v1/nothing'],
  ])('refuses %s', async (path, code, errorType, error) => {
    expect(await get(path)).toEqual({ code, status: 'error', errorType, error })
  })

  it('refuses other methods and bodies that are too large', async () => {
    expect(await get('/api/v1/query', { method: 'DELETE' })).toMatchObject({ code: 405 })
    const body = new URLSearchParams({ query: 'x'.repeat(1 << 20) })
    expect(await get('/api/v1/query', { method: 'POST', body })).toMatchObject({ code: 413 })
  })

  it('tells its version, its health and its own metrics', async () => {
    expect((await get('/api/v1/status/buildinfo')).data['version']).toMatch(/^3\.\d+\.\d+\+drave/)
    for (const path of ['/-/healthy', '/-/ready']) expect((await fetch(url + path)).status).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('drave_metrics_series')
  })

  it('is found under the Service prometheus in drave-system', async () => {
    const ref = { namespace: 'drave-system' }
    const service = await stack.kernel.client.get(Service, { ...ref, name: 'prometheus' })
    expect(service.spec?.ports?.map(({ port }) => port)).toEqual([9090])
    const slice = await stack.kernel.client.get(EndpointSlice, { ...ref, name: 'prometheus-drave' })
    expect(`http://${slice.endpoints?.[0]?.addresses[0]}:${slice.ports?.[0]?.port}`).toBe(url)
  })
})
