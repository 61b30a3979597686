import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, type Target } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
const { ask, create } = asking(() => api)
beforeEach(async () => {
  api = await createApiServer({ clock: new RealClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const target = (plural: string): Target => ({ group: 'flowcontrol.apiserver.k8s.io', version: 'v1', plural })
const schemas = target('flowschemas')
const said = async (name: string) => {
  const { status } = await ask(schemas, 'get', name)
  const [condition] = (status?.conditions ?? []) as Record<string, string>[]
  return condition && [condition.type, condition.status, condition.reason, condition.message]
}

it('says of each schema whether its level is there, also later', async () => {
  expect(await said('catch-all')).toEqual([
    'Dangling',
    'False',
    'Found',
    'This FlowSchema references the PriorityLevelConfiguration object named "catch-all" and it exists',
  ])
  await create(schemas, 'mine', { spec: { priorityLevelConfiguration: { name: 'own' }, rules: [] } })
  const becomes = (status: string) =>
    vi.waitFor(async () => expect((await said('mine'))?.[1]).toBe(status), { timeout: 20_000 })
  await becomes('True')
  await create(target('prioritylevelconfigurations'), 'own', {
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  })
  await becomes('False')
})
