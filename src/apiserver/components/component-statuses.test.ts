import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { columnsFor } from '../../kube/columns/columns-for.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, failure } from '../testing.ts'
import type { ComponentHealth } from './component-statuses.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
let scheduler: ComponentHealth
beforeEach(async () => {
  scheduler = { name: 'scheduler', problem: undefined }
  api = await createApiServer({
    clock: new VirtualClock(),
    log,
    storage: 'memory',
    components: () => [scheduler],
  })
})
afterEach(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const target = coreTarget('componentstatuses')

it('says how each part is when it is asked', async () => {
  const { items } = await ask(target, 'list')
  expect(items).toEqual(
    ['etcd-0', 'scheduler'].map(name => ({
      apiVersion: 'v1',
      kind: 'ComponentStatus',
      metadata: { name },
      conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
    })),
  )
  scheduler.problem = 'is away'
  const found = await ask(target, 'get', 'scheduler')
  expect(found).toMatchObject({ conditions: [{ type: 'Healthy', status: 'False', message: 'is away' }] })
  const columns = columnsFor({ group: '', kind: 'ComponentStatus' })
  expect(columns.map(({ cell }) => cell(found as never, 0))).toEqual([
    'scheduler',
    'Unhealthy',
    'is away',
    '',
  ])
})

it('has no others, none with labels, and is only read', async () => {
  expect(await failure(ask(target, 'get', 'kubelet'))).toBe(
    '404 NotFound: componentstatus "kubelet" not found',
  )
  const select = (options: object) => ask(target, 'list', undefined, { options })
  expect((await select({ labelSelector: 'a=b' })).items).toEqual([])
  expect((await select({ fieldSelector: 'metadata.name=etcd-0' })).items).toHaveLength(1)
  expect(await failure(create(target, 'x'))).toMatch(/^405 /)
})
