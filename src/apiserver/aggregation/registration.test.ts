import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking } from '../testing.ts'

const apiServices = { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices' }
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' }
const definition = (...served: boolean[]) => ({
  spec: {
    group: 'shop.io',
    scope: 'Namespaced',
    names: { plural: 'carts', kind: 'Cart' },
    versions: served.map((isServed, index) => ({
      name: `v${index + 1}`,
      served: isServed,
      storage: index === 0,
      schema: { openAPIV3Schema: { type: 'object' } },
    })),
  },
})

let api: ApiServer
const { ask, create } = asking(() => api)
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log: silentLog, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const find = (name: string) => ask(apiServices, 'get', name).catch(() => undefined)
const appears = (name: string) => until(`${name} to be there`, () => find(name))
const goes = (name: string) => until(`${name} to be gone`, async () => (await find(name)) === undefined)

it('lifts what is served here', async () => {
  const { items } = await ask(apiServices, 'list')
  const names = items.map(({ metadata }) => metadata.name)
  expect(names).toContain('v1.')
  expect(names).toContain('v2.autoscaling')
  expect(names).not.toContain('v1.apiregistration.k8s.io')
  expect(await find('v1.apps')).toMatchObject({
    metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
    status: {
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Local',
          message: 'Local APIServices are always available',
        },
      ],
    },
  })
})

it('follows what definitions serve, and is set right', async () => {
  await create(definitions, 'carts.shop.io', definition(true, false))
  await appears('v1.shop.io')
  expect(await find('v2.shop.io')).toBeUndefined()
  const body = () => ({ spec: { versionPriority: 7 } })
  await ask(apiServices, 'patch', 'v1.shop.io', { patchType: 'merge', body: body() })
  await until('the priority to be set right', async () => {
    const { spec } = await ask(apiServices, 'get', 'v1.shop.io')
    return spec.versionPriority === 100
  })
  await ask(apiServices, 'delete', 'v1.shop.io')
  await appears('v1.shop.io')
  await ask(definitions, 'patch', 'carts.shop.io', { patchType: 'merge', body: definition(true, true) })
  await appears('v2.shop.io')
  await ask(definitions, 'delete', 'carts.shop.io')
  await goes('v1.shop.io')
  await goes('v2.shop.io')
})

it('yields metrics.k8s.io to a metrics-server', async () => {
  await api.serveUsage({ ofPod: () => undefined, ofNode: () => undefined })
  const local = await appears('v1beta1.metrics.k8s.io')
  expect(local.spec.service).toBeUndefined()
  const service = { namespace: 'kube-system', name: 'metrics-server' }
  const body = { spec: { service, insecureSkipTLSVerify: true } }
  const taken = await ask(apiServices, 'patch', 'v1beta1.metrics.k8s.io', { patchType: 'merge', body })
  expect(taken.spec.service).toEqual({ ...service, port: 443 })
  await ask(apiServices, 'delete', 'v1beta1.metrics.k8s.io')
  const again = await appears('v1beta1.metrics.k8s.io')
  expect(again.spec.service).toBeUndefined()
})
