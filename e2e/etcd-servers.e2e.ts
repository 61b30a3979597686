import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ApiServer, createApiServer } from '../src/apiserver/api-server.ts'
import type { ApiRequest, ApiWatchEvent } from '../src/apiserver/request.ts'
import { connectEtcd } from '../src/apiserver/store/etcd/connect-etcd.ts'
import { RealClock } from '../src/kernel/clock.ts'
import { ApiError } from '../src/kube/status.ts'
import type { KubeObject } from '../src/kube/object.ts'
import { EtcdServer, etcdMissing } from './etcd-server.ts'
import { Relay } from './relay.ts'

const missing = etcdMissing()
if (missing) console.log(`skipped: ${missing}`)

const log = { info() {}, warn() {}, error: console.error }
const configMaps = {
  user: { username: 'test', groups: ['system:masters'] },
  group: '',
  version: 'v1',
  plural: 'configmaps',
  namespace: 'default',
}

type Answer = KubeObject & {
  data?: Record<string, string>
  spec?: { clusterIP?: string; ports?: { nodePort?: number }[] }
  items?: KubeObject[]
}
const ask = async (api: ApiServer, request: Partial<ApiRequest> & { verb: ApiRequest['verb'] }) =>
  // Every answer asked for here is an object.
  (await api.handle({ ...configMaps, options: {}, ...request })).body as Answer

describe.skipIf(missing !== undefined)('API servers that share an etcd', () => {
  let etcd: EtcdServer
  const servers: ApiServer[] = []
  beforeAll(async () => {
    etcd = await EtcdServer.start()
  })
  afterAll(() => etcd?.[Symbol.asyncDispose]())
  let count = 0
  const start = async (prefix: string, { servers: urls = [etcd.url] } = {}) => {
    const api = await createApiServer({
      clock: new RealClock(),
      log,
      storage: { etcd: { servers: urls, prefix } },
    })
    servers.push(api)
    return api
  }
  const pair = async () => {
    const prefix = `/test-${count++}`
    const [a, b] = [await start(prefix), await start(prefix)]
    return { a, b, prefix }
  }
  afterEach(async () => {
    for (const api of servers.splice(0)) await api[Symbol.asyncDispose]()
    await etcd.revive()
  })

  it('read at once what the other has written', async () => {
    const { a, b } = await pair()
    for (let round = 0; round < 50; round++) {
      const name = `n${round}`
      const created = await ask(a, { verb: 'create', name, body: { metadata: { name } } })
      expect(await ask(b, { verb: 'get', name })).toEqual(created)
      expect((await ask(b, { verb: 'list' })).items).toContainEqual(created)
      await ask(b, { verb: 'delete', name })
      await expect(ask(a, { verb: 'get', name })).rejects.toMatchObject({ code: 404 })
    }
  })

  it('lose no update when both change one object', async () => {
    const { a, b } = await pair()
    await ask(a, { verb: 'create', name: 'n', body: { metadata: { name: 'n' }, data: { count: '0' } } })
    let conflicts = 0
    const increments = async (api: ApiServer) => {
      for (let done = 0; done < 50; ) {
        const seen = await ask(api, { verb: 'get', name: 'n' })
        try {
          const body = { ...seen, data: { count: String(Number(seen.data?.count) + 1) } }
          await ask(api, { verb: 'update', name: 'n', body: JSON.parse(JSON.stringify(body)) })
          done++
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 409) throw error
          conflicts++
        }
      }
    }
    await Promise.all([increments(a), increments(a), increments(b), increments(b)])
    expect((await ask(b, { verb: 'get', name: 'n' })).data).toEqual({ count: '200' })
    expect(conflicts).toBeGreaterThan(0)
  })

  it('show the same changes in the same order to their watches', async () => {
    const { a, b } = await pair()
    const stop = new AbortController()
    const watching = [a, b].map(async api => {
      const seen: string[] = []
      for await (const event of api.watch({ ...configMaps, options: {} }, stop.signal)) {
        const { object, type } = event as ApiWatchEvent & { object: KubeObject }
        seen.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`)
        if (object.metadata.name === 'last') return seen
      }
      return seen
    })
    for (let round = 0; round < 20; round++)
      await Promise.all(
        [a, b].map(async (api, index) => {
          const name = `n${index}-${round % 3}`
          await ask(api, { verb: 'create', name, body: { metadata: { name } } })
          await ask(api, { verb: 'patch', patchType: 'merge', name, body: { data: { k: '1' } } })
          await ask(api, { verb: 'delete', name })
        }),
      )
    await ask(a, { verb: 'create', name: 'last', body: { metadata: { name: 'last' } } })
    const [ofA, ofB] = await Promise.all(watching)
    stop.abort()
    expect(ofA?.slice(-100)).toEqual(ofB?.slice(-100))
    const revisions = (ofA ?? []).map(line => Number(line.split(' ')[2]))
    expect(revisions.slice(1).every((revision, index) => revision > (revisions[index] ?? 0))).toBe(true)
    expect(ofA?.length).toBeGreaterThanOrEqual(121)
  })

  it('give no address away twice', async () => {
    const { a, b } = await pair()
    const services = { plural: 'services' }
    const make = async (api: ApiServer, name: string) => {
      for (;;) {
        const body = { metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }
        try {
          return await ask(api, { ...services, verb: 'create', name, body })
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 504) throw error
        }
      }
    }
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, index) => make(index % 2 ? a : b, `s${index}`)),
    )
    expect(new Set(made.map(service => service.spec?.clusterIP)).size).toBe(60)
    expect(new Set(made.map(service => service.spec?.ports?.[0]?.nodePort)).size).toBe(60)
    const asked = (api: ApiServer, name: string) =>
      ask(api, {
        ...services,
        verb: 'create',
        name,
        body: { metadata: { name }, spec: { clusterIP: '127.140.0.9', ports: [{ port: 80 }] } },
      })
    const results = await Promise.allSettled([asked(a, 'x'), asked(b, 'y')])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await ask(a, { ...services, verb: 'delete', name: results[0]?.status === 'fulfilled' ? 'x' : 'y' })
    await asked(b, 'z')
  })

  it('serve a kind that the other was given, at once', async () => {
    const { a, b } = await pair()
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    await ask(a, {
      verb: 'create',
      group: 'apiextensions.k8s.io',
      plural: 'customresourcedefinitions',
      namespace: undefined,
      name: 'widgets.example.com',
      body: {
        metadata: { name: 'widgets.example.com' },
        spec: {
          group: 'example.com',
          names: { plural: 'widgets', kind: 'Widget' },
          scope: 'Namespaced',
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        },
      },
    })
    const widget = { group: 'example.com', plural: 'widgets', name: 'w' }
    const created = await ask(b, { ...widget, verb: 'create', body: { metadata: { name: 'w' }, size: 3 } })
    expect(await ask(a, { ...widget, verb: 'get' })).toEqual(created)
  })

  it('go on when etcd was away, and tell watches of history that it compacted meanwhile', async () => {
    const { a, b, prefix } = await pair()
    const names = async () =>
      (await ask(a, { verb: 'list' })).items
        ?.map(({ metadata }) => metadata.name)
        .filter(name => name.startsWith('n'))
    await ask(a, { verb: 'create', name: 'n1', body: { metadata: { name: 'n1' } } })
    // Has the other one read it before etcd goes.
    await ask(b, { verb: 'get', name: 'n1' })
    await etcd.kill()
    await expect(
      ask(b, { verb: 'create', name: 'n2', body: { metadata: { name: 'n2' } } }),
    ).rejects.toMatchObject({
      code: expect.toSatisfy((code: number) => code === 503 || code === 504),
    })
    // Reads that are content with what is known go on.
    expect((await ask(b, { verb: 'get', name: 'n1', options: { resourceVersion: '0' } })).metadata.name).toBe(
      'n1',
    )
    await etcd.restart()
    await expect
      .poll(
        () =>
          ask(b, { verb: 'create', name: 'n3', body: { metadata: { name: 'n3' } } }).then(
            () => 'made',
            () => '',
          ),
        {
          timeout: 60_000,
        },
      )
      .toBe('made')
    await expect.poll(names, { timeout: 60_000 }).toEqual(expect.arrayContaining(['n1', 'n3']))
    using connection = await connectEtcd({ servers: [etcd.url], prefix }, new RealClock())
    const { header } = await connection.client.range({ key: Buffer.from('x') })
    await connection.client.compact(header?.revision ?? 0)
    await ask(a, { verb: 'create', name: 'n4', body: { metadata: { name: 'n4' } } })
    expect(await names()).toEqual(expect.arrayContaining(['n1', 'n3', 'n4']))
  })

  it('read everything again where etcd has compacted away what they had not read, and end their watches with 410', async () => {
    await using relay = await Relay.to(etcd.url)
    const prefix = `/test-${count++}`
    const near = await start(prefix)
    const far = await start(prefix, { servers: [relay.url] })
    for (const name of ['kept', 'changed', 'gone'])
      await ask(near, { verb: 'create', name, body: { metadata: { name } } })
    await ask(far, { verb: 'list' })
    const watching = (async () => {
      const seen: string[] = []
      for await (const { object } of far.watch({ ...configMaps, options: {} }, new AbortController().signal))
        seen.push(object.metadata.name)
      return seen
    })()
    watching.catch(() => {})
    relay.cut()

    await ask(near, { verb: 'delete', name: 'gone' })
    await ask(near, { verb: 'patch', name: 'changed', patchType: 'merge', body: { data: { k: 'v' } } })
    await ask(near, { verb: 'create', name: 'new', body: { metadata: { name: 'new' } } })
    using connection = await connectEtcd({ servers: [etcd.url], prefix }, new RealClock())
    const { header } = await connection.client.range({ key: Buffer.from('x') })
    await connection.client.compact(header?.revision ?? 0)
    relay.mend()

    await expect(watching).rejects.toMatchObject({ code: 410, reason: 'Expired' })
    const items = async (api: ApiServer) => (await ask(api, { verb: 'list' })).items
    await expect.poll(() => items(far).catch(() => undefined), { timeout: 60_000 }).toEqual(await items(near))
    expect((await ask(far, { verb: 'get', name: 'changed' })).data).toEqual({ k: 'v' })
    await expect(ask(far, { verb: 'get', name: 'gone' })).rejects.toMatchObject({ code: 404 })
  })

  it('are not held up when others write to the same etcd', async () => {
    const { a, prefix } = await pair()
    using connection = await connectEtcd({ servers: [etcd.url], prefix }, new RealClock())
    await connection.client.txn({
      success: [{ put: { key: Buffer.from('elsewhere'), value: Buffer.from('x') } }],
    })
    const started = performance.now()
    await ask(a, { verb: 'list' })
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
