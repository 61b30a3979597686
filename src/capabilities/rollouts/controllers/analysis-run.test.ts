import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { Secret } from '../../../kube/generated/core-v1.ts'
import { rollouts } from '../index.ts'
import { AnalysisRun, type AnalysisRunSpec } from '../kinds/generated/analysis-run.ts'
import { startPrometheusDouble } from '../testing/prometheus-double.ts'

const ref = { name: 'run', namespace: 'default' }

async function start(spec: AnalysisRunSpec, settings: Record<string, unknown> = {}) {
  const clock = new VirtualClock()
  const stack = await startTestKernel({ capabilities: [rollouts], clock, settings })
  await stack.kernel.client.create(AnalysisRun, { metadata: ref, spec })
  return { clock, stack }
}
const get = (stack: TestKernel) => stack.kernel.client.get(AnalysisRun, ref)
const measurements = async (stack: TestKernel) =>
  (await get(stack)).status?.metricResults?.[0]?.measurements ?? []
const measured = (stack: TestKernel, count: number) =>
  until(`${count} measurements`, async () => (await measurements(stack)).length === count)
const ended = (stack: TestKernel) =>
  until('the end of the run', async () => {
    const run = await get(stack)
    return run.status?.completedAt !== undefined && run.status
  })

describe('AnalysisRun', () => {
  it('measures at its interval until its count is reached', async () => {
    await using prometheus = await startPrometheusDouble(() => [0.99, 1e-7])
    const query = 'rate(x{service="{{args.service}}"}[1m])'
    const metric = {
      name: 'ok',
      interval: '30s',
      count: 2,
      successCondition: 'result[0] >= 0.95',
      provider: { prometheus: { address: prometheus.url, query } },
    }
    const { clock, stack } = await start({ args: [{ name: 'service', value: 'web' }], metrics: [metric] })
    await using _ = stack
    await measured(stack, 1)
    await clock.advance(29_000)
    expect(prometheus.queries).toEqual(['rate(x{service="web"}[1m])'])
    await clock.advance(1_000)
    const status = await ended(stack)
    expect(status).toMatchObject({
      phase: 'Successful',
      startedAt: '2026-01-01T00:00:00Z',
      completedAt: '2026-01-01T00:00:30Z',
    })
    expect(status.metricResults?.[0]).toMatchObject({
      count: 2,
      successful: 2,
      measurements: [{ value: '[0.99,0.0000001]' }, {}],
    })
  })

  it('fails with the values in its record', async () => {
    await using prometheus = await startPrometheusDouble(() => ({ scalar: 0.3 }))
    const { stack } = await start(
      {
        metrics: [
          { name: 'errors', failureCondition: 'result > 0.05', provider: { prometheus: { query: 'x' } } },
        ],
      },
      { 'rollouts.prometheus.address': prometheus.url },
    )
    await using _ = stack
    expect(await ended(stack)).toMatchObject({
      phase: 'Failed',
      message: 'Metric "errors" assessed Failed due to failed (1) > failureLimit (0)',
      metricResults: [{ measurements: [{ value: '0.3', phase: 'Failed' }] }],
    })
  })

  it('a metric store that is down is an error after five attempts, never a success', async () => {
    await using prometheus = await startPrometheusDouble(() => ({ status: 503 }))
    const { clock, stack } = await start({
      metrics: [{ name: 'ok', provider: { prometheus: { address: prometheus.url, query: 'x' } } }],
    })
    await using _ = stack
    for (let attempt = 1; attempt < 5; attempt++) {
      await measured(stack, attempt)
      await clock.advance(10_000)
    }
    expect(await ended(stack)).toMatchObject({
      phase: 'Error',
      message:
        'Metric "ok" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): Prometheus answered 503: internal: down',
    })
  })

  it('a store that cannot be reached names the cause', async () => {
    const prometheus = await startPrometheusDouble(() => [])
    await prometheus[Symbol.asyncDispose]()
    const { stack } = await start({
      metrics: [
        {
          name: 'ok',
          consecutiveErrorLimit: 0,
          provider: { prometheus: { address: prometheus.url, query: 'x' } },
        },
      ],
    })
    await using _ = stack
    expect((await ended(stack)).message).toContain('ECONNREFUSED')
  })

  // condition, what the store answers, phase of the measurement
  it.each([
    ['result[0] >= 0.95', [Number.NaN], 'Failed'],
    ['isNaN(result[0]) || result[0] >= 0.95', [Number.NaN], 'Successful'],
    ['len(result) == 0 || result[0] >= 0.95', [], 'Successful'],
    ['result[0] >= 0.95', [], 'Error'],
    ['isInf(result[0])', [Number.NEGATIVE_INFINITY], 'Successful'],
    ['all(result, # > 0)', [1, 2, 0], 'Failed'],
    ['reslut > 1', [1], 'Error'],
  ])('%s on %j is %s', async (successCondition, answer, phase) => {
    await using prometheus = await startPrometheusDouble(() => answer)
    const { stack } = await start({
      metrics: [
        {
          name: 'm',
          consecutiveErrorLimit: 0,
          successCondition,
          provider: { prometheus: { address: prometheus.url, query: 'x' } },
        },
      ],
    })
    await using _ = stack
    expect((await ended(stack)).phase).toBe(phase)
  })

  it('both conditions false is inconclusive', async () => {
    await using prometheus = await startPrometheusDouble(() => [0.5])
    const { stack } = await start({
      metrics: [
        {
          name: 'm',
          successCondition: 'result[0] > 0.9',
          failureCondition: 'result[0] < 0.1',
          provider: { prometheus: { address: prometheus.url, query: 'x' } },
        },
      ],
    })
    await using _ = stack
    expect((await ended(stack)).phase).toBe('Inconclusive')
  })

  it('reads Secrets and does not show them', async () => {
    const clock = new VirtualClock()
    await using stack = await startTestKernel({ capabilities: [rollouts], clock })
    await stack.kernel.client.create(Secret, {
      metadata: { name: 'token', namespace: 'default' },
      data: { key: Buffer.from('s3cret').toString('base64') },
    })
    const provider = { web: { url: 'http://127.0.0.1:1/s3cret/{{args.token}}' } }
    const args = [{ name: 'token', valueFrom: { secretKeyRef: { name: 'token', key: 'key' } } }]
    await stack.kernel.client.create(AnalysisRun, {
      metadata: ref,
      spec: { args, metrics: [{ name: 'm', consecutiveErrorLimit: 0, provider }] },
    })
    const { message, metricResults } = await ended(stack)
    expect(message).toContain('*****')
    expect(JSON.stringify([message, metricResults])).not.toContain('s3cret')
  })

  it.each([
    [
      {
        args: [{ name: 'x', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }],
        metrics: [{ name: 'm', provider: { web: { url: '{{args.x}}' } } }],
      },
      'Secret "none" not found',
    ],
    [{ metrics: [{ name: 'm', provider: { web: { url: '{{args.x}}' } } }] }, 'failed to resolve {{args.x}}'],
    [
      { metrics: [{ name: 'm', interval: 'soon', provider: { web: { url: 'x' } } }] },
      'interval "soon" is no duration',
    ],
    [
      { metrics: [{ name: 'm', count: 2, provider: { web: { url: 'x' } } }] },
      'interval must be specified when count > 1',
    ],
    [
      { metrics: [{ name: 'm', consecutiveErrorLimit: 0, provider: { datadog: { query: 'x' } } }] },
      'provider "datadog" is not supported',
    ],
    [
      { metrics: [{ name: 'm', consecutiveErrorLimit: 0, provider: { prometheus: { query: 'x' } } }] },
      'no Prometheus is configured',
    ],
  ] satisfies [AnalysisRunSpec, string][])('refuses %j', async (spec, message) => {
    const { stack } = await start(spec)
    await using _ = stack
    const status = await ended(stack)
    expect([status.phase, status.message]).toEqual(['Error', expect.stringContaining(message)])
  })

  it('ends when told to, and goes when its time is over', async () => {
    await using prometheus = await startPrometheusDouble(() => [1])
    const { clock, stack } = await start({
      ttlStrategy: { secondsAfterCompletion: 60 },
      metrics: [
        { name: 'm', interval: '30s', provider: { prometheus: { address: prometheus.url, query: 'x' } } },
      ],
    })
    await using _ = stack
    await measured(stack, 1)
    await stack.kernel.client.patch(AnalysisRun, ref, { spec: { terminate: true } })
    expect(await ended(stack)).toMatchObject({ phase: 'Successful', message: 'Run Terminated' })
    await until(
      'the informer',
      () => stack.kernel.informers.for(AnalysisRun).get('default/run')?.status?.completedAt,
    )
    await clock.advance(61_000)
    await until('the deletion', async () => (await stack.kernel.client.find(AnalysisRun, ref)) === undefined)
  })
})
