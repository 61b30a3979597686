import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeConnector } from '../../../apiserver/http/connector.ts'
import { until } from '../../../kernel/until.ts'
import { TestNode } from '../testing.ts'

describe('the API of a kubelet', () => {
  let test: TestNode
  let name: string
  let api: NodeConnector

  const get = async (path: string, node = name) => {
    const { signal } = new AbortController()
    const { code, contentType, body } = await api.answer({ node, path, query: new URLSearchParams(), signal })
    if (typeof body === 'string') return { code, contentType, text: body }
    let text = ''
    for await (const chunk of body) text += Buffer.from(chunk).toString()
    return { code, contentType, text }
  }

  beforeAll(async () => {
    test = await TestNode.start({ settings: { 'node.usageIntervalSeconds': 0.1 } })
    const command = ['sh', '-c', 'echo hello; exec sleep 1000']
    await test.create('web', { containers: [{ name: 'main', image: 'x', command }] })
    name = (await test.ready('web')).spec.nodeName ?? ''
    const port = test.kernel.ports.nodeApi
    if (!port) throw new Error('the node provides no API')
    api = port
    await until('the pod to be measured', async () =>
      (await get('stats/summary')).text.includes('usageNanoCores'),
    )
    await until(
      'the pod to be in the summary',
      async () => JSON.parse((await get('stats/summary')).text).pods[0],
    )
  })
  afterAll(() => test[Symbol.asyncDispose]())

  it('is healthy and says how it is configured', async () => {
    expect(await get('healthz')).toMatchObject({ code: 200, text: 'ok' })
    expect(JSON.parse((await get('configz')).text).kubeletconfig).toMatchObject({ maxPods: 110 })
  })

  it('lists its pods, and what runs of them', async () => {
    expect(JSON.parse((await get('pods')).text)).toMatchObject({
      kind: 'PodList',
      items: [{ metadata: { name: 'web' }, status: { phase: 'Running' } }],
    })
    expect(JSON.parse((await get('runningpods')).text).items[0].spec).toEqual({
      containers: [{ name: 'main', image: 'x', resources: {} }],
    })
  })

  it('gives the figures of containers, pods and the node', async () => {
    const summary = JSON.parse((await get('stats/summary')).text)
    expect(summary.node).toMatchObject({ nodeName: name, cpu: { usageCoreNanoSeconds: expect.any(Number) } })
    expect(summary.pods[0]).toMatchObject({
      podRef: { name: 'web', namespace: 'default' },
      containers: [{ name: 'main', memory: { workingSetBytes: expect.any(Number) } }],
    })
    const { text, contentType } = await get('metrics/cadvisor')
    expect(contentType).toContain('version=0.0.4')
    expect(text).toMatch(
      /^container_cpu_usage_seconds_total\{cpu="total",container="main",id="\/[^"]+",image="x",name="[0-9a-f]{64}",namespace="default",pod="web"\} [\d.]+ \d+$/m,
    )
    expect(text).toMatch(/^container_memory_working_set_bytes\{container="",id="\/",.*\} \d+ \d+$/m)
    const resource = (await get('metrics/resource')).text
    expect(resource).toMatch(/^pod_cpu_usage_seconds_total\{namespace="default",pod="web"\} [\d.]+ \d+$/m)
    expect(resource).toMatch(/^node_memory_working_set_bytes \d+ \d+$/m)
    expect((await get('metrics')).text).toContain('kubelet_running_pods 1\n')
  })

  it('reads logs', async () => {
    expect(await get('containerLogs/default/web/main')).toMatchObject({ code: 200, text: 'hello\n' })
    expect(await get('containerLogs/default/none/main')).toMatchObject({ code: 404 })
  })

  it('refuses what it has not', async () => {
    expect(await get('spec')).toMatchObject({ code: 404, text: '404 page not found\n' })
    expect(await get('toString')).toMatchObject({ code: 404 })
    await expect(get('healthz', 'other')).rejects.toMatchObject({ code: 503 })
  })
})
