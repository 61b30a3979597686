import { afterEach, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, deployment, type Target } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())
const { ask, create } = asking(() => api)

it('counts the changes of the template, whatever is written', async () => {
  const target: Target = { group: 'apps', version: 'v1', plural: 'daemonsets', namespace: 'default' }
  const { replicas: _, ...spec } = deployment().spec
  const count = ({ metadata }: { metadata: { annotations?: Record<string, string> | undefined } }) =>
    metadata.annotations?.['deprecated.daemonset.template.generation']
  expect(count(await create(target, 'd', { spec }))).toBe('1')
  const patch = (body: object) => ask(target, 'patch', 'd', { patchType: 'merge', body })
  expect(count(await patch({ metadata: { labels: { a: 'b' }, annotations: null } }))).toBe('1')
  const template = { metadata: { annotations: { now: 'later' } } }
  expect(count(await patch({ spec: { template } }))).toBe('2')
})
