import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { ResourceList } from '../request.ts'

const user = { username: 'admin', groups: ['system:masters'] }
const metrics = { user, group: 'metrics.k8s.io', version: 'v1beta1', options: {} } as const

describe('metrics.k8s.io', () => {
  let api: ApiServer
  const clock = new VirtualClock()

  beforeEach(async () => {
    api = await createApiServer({ clock, log: silentLog, storage: 'memory' })
    for (const name of ['one', 'two', 'still'])
      await api.handle({
        user,
        verb: 'create',
        group: '',
        version: 'v1',
        plural: 'pods',
        namespace: 'default',
        options: {},
        body: {
          metadata: { name, namespace: 'default', labels: { app: name } },
          spec: { containers: [{ name: 'main', image: 'x' }] },
        },
      })
    await api.serveUsage({
      ofPod: ({ metadata }) =>
        metadata.name === 'still'
          ? undefined
          : {
              at: 1_700_000_000_000,
              windowMs: 15_012,
              containers: new Map([['main', { cpuNanocores: 1_500_000, memoryBytes: 3 * 2 ** 20 }]]),
            },
      ofNode: () => undefined,
    })
  })
  afterEach(() => api[Symbol.asyncDispose]())

  const list = async (options: object = {}) => {
    const request = { ...metrics, verb: 'list', plural: 'pods', namespace: 'default', options } as const
    return (await api.handle(request)).body as ResourceList
  }

  it('lists what is measured, with the labels of the pods', async () => {
    expect(await list()).toMatchObject({ kind: 'PodMetricsList', metadata: {} })
    const { items } = await list({ labelSelector: 'app in (one, still)' })
    expect(items).toEqual([
      {
        kind: 'PodMetrics',
        apiVersion: 'metrics.k8s.io/v1beta1',
        metadata: {
          name: 'one',
          namespace: 'default',
          creationTimestamp: new Date(clock.now()).toISOString().replace('.000Z', 'Z'),
          labels: { app: 'one' },
        },
        timestamp: '2023-11-14T22:13:20Z',
        window: '15.012s',
        containers: [{ name: 'main', usage: { cpu: '1500u', memory: '3Mi' } }],
      },
    ])
    expect((await list({ fieldSelector: 'metadata.name=two' })).items).toHaveLength(1)
    await expect(list({ fieldSelector: 'spec.nodeName=x' })).rejects.toThrow(
      '"spec.nodeName" is not a known field selector',
    )
  })

  it('tells a pod that is not there from one that is not measured', async () => {
    const get = (name: string) =>
      api.handle({ ...metrics, verb: 'get', plural: 'pods', namespace: 'default', name })
    expect((await get('two')).body).toMatchObject({ metadata: { name: 'two' } })
    await expect(get('none')).rejects.toThrow('pods "none" not found')
    await expect(get('still')).rejects.toThrow('podmetrics.metrics.k8s.io "default/still" not found')
  })

  it('is only read, and aggregated into the role of viewers', async () => {
    const create = { ...metrics, verb: 'create', plural: 'pods', namespace: 'default', body: {} } as const
    await expect(api.handle(create)).rejects.toMatchObject({ code: 405 })
    const request = {
      user,
      verb: 'get',
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      plural: 'clusterroles',
      name: 'view',
      options: {},
    } as const
    await until('the role of viewers to have it', async () => {
      const view = await api.handle(request)
      return JSON.stringify(view.body).includes('"apiGroups":["metrics.k8s.io"]')
    })
  })
})
