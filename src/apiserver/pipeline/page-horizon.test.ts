import { afterEach, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, failure } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
afterEach(() => api[Symbol.asyncDispose]())

it('ends a paged list five to ten minutes after it began, and not before', async () => {
  const clock = new VirtualClock()
  api = await createApiServer({ clock, log, storage: 'memory' })
  const { ask, create } = asking(() => api)
  const configMaps = coreTarget('configmaps', 'default')
  for (const name of ['a', 'b', 'c']) await create(configMaps, name)
  const { metadata } = await ask(configMaps, 'list', undefined, { options: { limit: 1 } })
  const { continue: token } = metadata as { continue?: string }
  const next = () => ask(configMaps, 'list', undefined, { options: { limit: 1, continue: token } })
  await clock.advance(60_000)
  await create(configMaps, 'later')
  await clock.advance(5 * 60_000)
  expect((await next()).items[0]?.metadata.name).toBe('b')
  await clock.advance(5 * 60_000)
  expect(await failure(next())).toMatch('410 Expired: The provided continue parameter is too old')
})
