import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { KubeObject } from '../kube/object.ts'
import type { ApiError } from '../kube/status.ts'
import { RealClock } from '../kernel/clock.ts'
import { type ApiServer, createApiServer } from './api-server.ts'
import type { ApiRequest, ApiWatchEvent } from './request.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new RealClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const configMaps = {
  user: { username: 'test', groups: ['system:masters'] },
  group: '',
  version: 'v1',
  plural: 'configmaps',
  namespace: 'default',
}
const ask = async (request: Partial<ApiRequest> & { verb: ApiRequest['verb'] }) =>
  // Every answer asked for here is an object.
  (await api.handle({ ...configMaps, options: {}, ...request })).body as KubeObject & {
    data?: object
    items?: KubeObject[]
  }

it('creates, reads, patches, lists and deletes', async () => {
  const created = await ask({
    verb: 'create',
    name: 'a',
    body: { metadata: { name: 'a' }, data: { k: '1' } },
  })
  expect(created.metadata).toMatchObject({ name: 'a', namespace: 'default' })
  const patched = await ask({ verb: 'patch', name: 'a', body: { data: { k: '2' } } })
  expect(patched.data).toEqual({ k: '2' })
  expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion))
  const same = await ask({ verb: 'patch', name: 'a', body: { data: { k: '2' } } })
  expect(same.metadata.resourceVersion).toBe(patched.metadata.resourceVersion)
  expect((await ask({ verb: 'list' })).items).toEqual([patched])
  await ask({ verb: 'delete', name: 'a' })
  await expect(ask({ verb: 'get', name: 'a' })).rejects.toMatchObject({ code: 404 })
})

it('shows every change to a watch, in order', async () => {
  const stop = new AbortController()
  const seen: ApiWatchEvent[] = []
  const watching = (async () => {
    for await (const event of api.watch({ ...configMaps, options: {} }, stop.signal)) {
      seen.push(event)
      if (event.type === 'DELETED') stop.abort()
    }
  })()
  await ask({ verb: 'create', name: 'a', body: { metadata: { name: 'a' } } })
  await ask({ verb: 'patch', name: 'a', body: { data: { k: '1' } } })
  await ask({ verb: 'delete', name: 'a' })
  await watching
  expect(seen.map(event => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
})

it('finds everything again after a restart, and goes on counting', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'drave-api-'))
  const start = () => createApiServer({ clock: new RealClock(), log, storage: { directory } })
  try {
    await api[Symbol.asyncDispose]()
    api = await start()
    const created = await ask({ verb: 'create', name: 'a', body: { metadata: { name: 'a' } } })
    const { revision } = api
    await api[Symbol.asyncDispose]()
    api = await start()
    expect(api.revision).toBe(revision)
    expect(await ask({ verb: 'get', name: 'a' })).toEqual(created)
    const next = await ask({ verb: 'create', name: 'b', body: { metadata: { name: 'b' } } })
    expect(Number(next.metadata.resourceVersion)).toBe(revision + 1)
    await api[Symbol.asyncDispose]()
    api = await start()
    expect((await ask({ verb: 'list' })).items).toHaveLength(2)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

it('offers to continue a list whose history is gone, as things are now', async () => {
  for (const name of ['a', 'b', 'c']) await ask({ verb: 'create', name, body: { metadata: { name } } })
  const first = await ask({ verb: 'list', options: { limit: 1 } })
  const names = (answer: { items?: KubeObject[] }) => answer.items?.map(({ metadata }) => metadata.name)
  expect(names(first)).toEqual(['a'])
  // More changes than are remembered.
  for (let count = 0; count < 4200; count++)
    await ask({ verb: 'patch', patchType: 'merge', name: 'c', body: { data: { count: String(count) } } })
  const next = (first.metadata as { continue?: string }).continue
  const refused: unknown = await ask({ verb: 'list', options: { limit: 1, continue: next } }).catch(
    error => error,
  )
  expect(refused).toMatchObject({ code: 410, reason: 'Expired' })
  const { status } = refused as ApiError
  const rest = await ask({ verb: 'list', options: { limit: 1, continue: status.metadata?.continue } })
  expect(names(rest)).toEqual(['b'])
})
