import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiServer, createApiServer } from '../../apiserver/api-server.ts'
import type { Listener } from '../../apiserver/http/listen.ts'
import { ConfigMap } from '../../kube/generated/core-v1.ts'
import { isConflict, isNotFound } from '../../kube/status.ts'
import { RealClock } from '../clock.ts'
import { LiveInformers } from '../live-informer.ts'
import { RemoteClient } from './remote-client.ts'
import { silentLog } from '../testing.ts'
import { until } from '../until.ts'

let api: ApiServer
let listener: Listener
let client: RemoteClient
const clock = new RealClock()
const meta = (name: string) => ({ name, namespace: 'default' })

beforeAll(async () => {
  api = await createApiServer({ clock, log: silentLog, storage: 'memory', tls: { storage: 'memory' } })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
  const { url, credentials } = listener
  client = new RemoteClient(
    { server: url, ca: credentials.authority, token: credentials.token, namespace: 'default' },
    'test',
    clock,
  )
})
afterAll(async () => {
  client[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

describe('RemoteClient', () => {
  it('creates, reads, changes and deletes', async () => {
    const created = await client.create(ConfigMap, { metadata: meta('a'), data: { x: '1' } })
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { x: '1' } })
    const patched = await client.patch(ConfigMap, meta('a'), { data: { y: '2' } })
    expect(patched.data).toEqual({ x: '1', y: '2' })
    await expect(client.update(ConfigMap, { ...created, data: { x: '3' } })).rejects.toSatisfy(isConflict)
    const { items } = await client.list(ConfigMap, { namespace: 'default', fieldSelector: 'metadata.name=a' })
    expect(items.map(item => [item.kind, item.metadata.name])).toEqual([['ConfigMap', 'a']])
    await client.delete(ConfigMap, meta('a'))
    await client.delete(ConfigMap, meta('a'))
    expect(await client.find(ConfigMap, meta('a'))).toBeUndefined()
    await expect(client.get(ConfigMap, meta('a'))).rejects.toSatisfy(isNotFound)
  })

  it('refuses unknown fields when asked to', async () => {
    const draft = { metadata: meta('strict'), dada: {} }
    await client.create(ConfigMap, draft, { dryRun: true })
    await expect(
      client.create(ConfigMap, draft, { dryRun: true, fieldValidation: 'Strict' }),
    ).rejects.toThrow('unknown field "dada"')
  })

  it('resolves kinds by discovery', async () => {
    expect(await client.resolve('apps/v1', 'Deployment')).toMatchObject({
      plural: 'deployments',
      namespaced: true,
    })
    expect(await client.resolve('apps/v1', 'Nothing')).toBeUndefined()
    expect(await client.resolve('no.such.group/v1', 'Deployment')).toBeUndefined()
  })

  it('follows changes, and keeps an informer over it in step', async () => {
    await using informers = new LiveInformers({ client, clock, log: silentLog })
    const informer = informers.for(ConfigMap)
    await informer.synced
    await client.create(ConfigMap, { metadata: meta('b') })
    await until('b', () => informer.get('default/b'))
    await client.patch(ConfigMap, meta('b'), { data: { z: '1' } })
    await until('the change of b', () => informer.get('default/b')?.data?.z === '1')
    await client.delete(ConfigMap, meta('b'))
    await until('the end of b', () => informer.get('default/b') === undefined)
  })

  it('refuses a server with another authority', async () => {
    const other = new RemoteClient({ server: listener.url, token: 'x', namespace: 'default' }, 'test', clock)
    await expect(other.list(ConfigMap)).rejects.toThrow(/self.signed|unable to verify/i)
    other[Symbol.dispose]()
  })

  it('carries the Status of a refusal', async () => {
    const { url, credentials } = listener
    const stranger = new RemoteClient(
      { server: url, ca: credentials.authority, token: 'wrong', namespace: 'default' },
      'test',
      clock,
    )
    await expect(stranger.list(ConfigMap)).rejects.toMatchObject({ code: 401, reason: 'Unauthorized' })
    stranger[Symbol.dispose]()
  })
})
