import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { Listener } from '../http/listen.ts'
import { asking, coreTarget } from '../testing.ts'
import { json, startExtension } from './testing.ts'

const clock = new RealClock()
const GROUP = 'wardle.example.com'
const ROOT = `/apis/${GROUP}/v1`
const FLUNDERS = `${ROOT}/namespaces/default/flunders`
const METRIC = `${ROOT}/namespaces/default/pods/*/rps`
const apiServices = { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices' }
const slices = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', namespace: 'wardle' }

const aggregatedList = (resource: string) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [
    {
      metadata: { name: GROUP },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: [{ resource, scope: 'Namespaced', singularResource: 'flunder', verbs: ['get'] }],
        },
      ],
    },
  ],
})
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

let api: ApiServer
let listener: Listener
let extension: Awaited<ReturnType<typeof startExtension>>
const { ask, create } = asking(() => api)

beforeAll(async () => {
  api = await createApiServer({ clock, log: silentLog, storage: 'memory', tls: { storage: 'memory' } })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
  extension = await startExtension({
    clock,
    names: ['api.wardle.svc'],
    frontProxy: listener.credentials.frontProxy.authority,
    replies: {
      '/apis': json(aggregatedList('flunders'), AGGREGATED),
      [ROOT]: json({ kind: 'APIResourceList', groupVersion: `${GROUP}/v1`, resources: [] }),
      [FLUNDERS]: (request, response) => {
        response.setHeader('access-control-allow-origin', '*')
        if (!request.url?.includes('watch')) response.end('{"kind":"FlunderList","items":[]}')
        else response.write('{"type":"ADDED"}\n')
      },
      [METRIC]: json({ kind: 'MetricValueList', metadata: {}, items: [{ value: '7' }] }),
      [METRIC.replace('rps', 'empty')]: json({ kind: 'MetricValueList', metadata: {}, items: null }),
      [METRIC.replace('rps', 'refused')]: (_request, response) =>
        response
          .writeHead(403)
          .end('{"kind":"Status","status":"Failure","code":403,"message":"not for you"}'),
      [METRIC.replace('rps', 'broken')]: (_request, response) => response.end('<html>'),
      '/openapi/v3': json({
        paths: {
          [`apis/${GROUP}/v1`]: { serverRelativeURL: `/openapi/v3${ROOT}?hash=A` },
          version: { serverRelativeURL: '/openapi/v3/version?hash=B' },
        },
      }),
      [`/openapi/v3${ROOT}`]: json({ openapi: '3.0.0' }),
      '/openapi/v2': json({
        swagger: '2.0',
        paths: { [`${ROOT}/flunders`]: { get: { $ref: '#/definitions/Flunder' } }, '/apis/': {} },
        definitions: { Flunder: { type: 'object' }, Unused: {} },
      }),
    },
  })
  await create(coreTarget('namespaces'), 'wardle')
})
afterAll(async () => {
  await extension[Symbol.asyncDispose]()
  await api[Symbol.asyncDispose]()
})

const begin = (method: string, path: string, headers: Record<string, string> = {}) =>
  httpsRequest(listener.url + path, {
    method,
    ca: listener.credentials.authority,
    headers: { authorization: `Bearer ${listener.credentials.token}`, ...headers },
  })

async function call(path: string, headers: Record<string, string> = {}) {
  const outgoing = begin('GET', path, headers)
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response) text += chunk
  return { code: response.statusCode, headers: response.headers, text }
}

const condition = async () => {
  const { status } = await ask(apiServices, 'get', `v1.${GROUP}`)
  return (status?.conditions as { status: string; reason: string; message: string }[] | undefined)?.[0]
}
const becomes = (reason: string) => until(reason, async () => (await condition())?.reason === reason, 30_000)

interface DiscoveredGroup {
  metadata: { name: string }
  versions: { freshness: string; resources?: { resource: string; responseKind: object }[] }[]
}
async function discovered(): Promise<DiscoveredGroup | undefined> {
  const { text } = await call('/apis', { accept: AGGREGATED })
  const { items } = JSON.parse(text) as { items: DiscoveredGroup[] }
  return items.find(({ metadata }) => metadata.name === GROUP)
}

it('says what an extension server lacks until it can be asked', async () => {
  const spec = {
    group: GROUP,
    version: 'v1',
    groupPriorityMinimum: 2000,
    versionPriority: 200,
    service: { namespace: 'wardle', name: 'api', port: 443 },
    caBundle: extension.caBundle,
  }
  await create(apiServices, `v1.${GROUP}`, { spec })
  await becomes('ServiceNotFound')
  expect(await call(FLUNDERS)).toMatchObject({ code: 503, text: 'service unavailable\n' })
  expect(await discovered()).toMatchObject({ versions: [{ version: 'v1', freshness: 'Stale' }] })
  const ports = [{ name: 'https', port: 443, targetPort: 8443 }]
  await create(coreTarget('services', 'wardle'), 'api', { spec: { selector: { app: 'api' }, ports } })
  await becomes('EndpointsNotFound')
  await create(slices, 'api-1', {
    metadata: { labels: { 'kubernetes.io/service-name': 'api' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'https', port: extension.port }],
  })
  await becomes('Passed')
  expect(await condition()).toMatchObject({ status: 'True', message: 'all checks passed' })
  expect(extension.seen.at(-1)).toMatchObject({ certificate: 'front-proxy-client' })
})

it('answers reads of controllers in this process, with what only extension servers know', async () => {
  const options = { labelSelector: 'app=web', metricLabelSelector: 'verb=GET', limit: 5 }
  const read = (plural: string) =>
    api.handle({
      user: { username: 'hpa', groups: [] },
      verb: 'list',
      group: GROUP,
      version: 'v1',
      plural,
      namespace: 'default',
      options,
    })
  expect((await read('pods/*/rps')).body).toEqual({
    kind: 'MetricValueList',
    metadata: {},
    items: [{ value: '7' }],
  })
  // It is asked for its documents meanwhile.
  expect(extension.seen.map(({ path }) => path)).toContain(
    `${METRIC}?labelSelector=app%3Dweb&metricLabelSelector=verb%3DGET&limit=5`,
  )
  // A list of nothing, as Go may write it.
  expect((await read('pods/*/empty')).body).toMatchObject({ items: [] })
  await expect(read('pods/*/refused')).rejects.toMatchObject({ code: 403, message: 'not for you' })
  await expect(read('pods/*/unknown')).rejects.toMatchObject({
    code: 404,
    message: 'the server could not find the requested resource',
  })
  await expect(read('pods/*/broken')).rejects.toMatchObject({ code: 500 })
})

it('passes requests on in the name of who asks', async () => {
  const who = {
    'impersonate-user': 'eve',
    'impersonate-group': 'system:masters',
    'impersonate-extra-example.com%2Fscope': 'all',
    'x-remote-user': 'somebody-else',
  }
  const answer = await call(`${FLUNDERS}?limit=500`, who)
  expect(answer).toMatchObject({ code: 200, text: '{"kind":"FlunderList","items":[]}' })
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  const seen = extension.seen.find(({ path }) => path.endsWith('limit=500'))
  expect(seen).toMatchObject({
    path: `${FLUNDERS}?limit=500`,
    certificate: 'front-proxy-client',
    headers: {
      'x-remote-user': 'eve',
      'x-remote-group': 'system:masters, system:authenticated',
      'x-remote-extra-example.com%2fscope': 'all',
      host: `127.0.0.1:${extension.port}`,
      'x-forwarded-for': '127.0.0.1',
    },
  })
  expect(seen?.headers).not.toHaveProperty('authorization')
  expect(seen?.headers).not.toHaveProperty('impersonate-user')
})

it('asks no extension server for what the user may not do here, nor for a path that it may read otherwise', async () => {
  const before = extension.seen.filter(({ path }) => path.startsWith(FLUNDERS)).length
  expect((await call(FLUNDERS, { 'impersonate-user': 'eve' })).code).toBe(403)
  expect((await call(`${FLUNDERS}%2Fone`)).code).toBe(404)
  expect(extension.seen.filter(({ path }) => path.startsWith(FLUNDERS))).toHaveLength(before)
})

it('streams watches as they come, and ends them with their client', async () => {
  const outgoing = begin('GET', `${FLUNDERS}?watch=true`)
  outgoing.on('error', () => {})
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const [first] = await once(response, 'data')
  expect(String(first)).toBe('{"type":"ADDED"}\n')
  const open = () =>
    new Promise<number>(resolve => {
      extension.server.getConnections((_error, count) => resolve(count))
    })
  const before = await open()
  outgoing.destroy()
  await until('the connection to the extension server to end', async () => (await open()) < before)
})

it('passes upgrades through', async () => {
  extension.server.once('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const user = String(request.headers['x-remote-user'])
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${user} `)
    socket.pipe(socket)
  })
  const outgoing = begin('POST', `${FLUNDERS}/one/exec`, { connection: 'Upgrade', upgrade: 'echo' })
  outgoing.end()
  const [, socket, head] = (await once(outgoing, 'upgrade')) as [unknown, Duplex, Buffer]
  let text = head.toString()
  socket.on('data', chunk => {
    text += chunk
  })
  socket.write('hello')
  await until('the echo', () => text === 'drave-admin hello')
  socket.destroy()
})

it('is found among the groups, in its place', async () => {
  const found = await until('its resources', async () => {
    const group = await discovered()
    return group?.versions[0]?.resources && group
  })
  expect(found.versions).toMatchObject([
    {
      version: 'v1',
      freshness: 'Current',
      resources: [{ resource: 'flunders', responseKind: { group: '', version: '', kind: '' } }],
    },
  ])
  const { groups } = JSON.parse((await call('/apis')).text) as { groups: { name: string }[] }
  const names = groups.map(({ name }) => name)
  expect([names[0], names[1], names.at(-1)]).toEqual(['apiregistration.k8s.io', 'apps', GROUP])
  expect(JSON.parse((await call(`/apis/${GROUP}`)).text)).toMatchObject({
    kind: 'APIGroup',
    preferredVersion: { groupVersion: `${GROUP}/v1` },
  })
  expect(JSON.parse((await call('/')).text).paths).toContain(ROOT)
})

it('describes itself in OpenAPI', async () => {
  const index = JSON.parse((await call('/openapi/v3')).text) as { paths: Record<string, object> }
  expect(index.paths[`apis/${GROUP}/v1`]).toEqual({ serverRelativeURL: `/openapi/v3${ROOT}?hash=A` })
  expect(index.paths).toHaveProperty('apis/apps/v1')
  expect(index.paths).not.toHaveProperty('version')
  expect((await call(`/openapi/v3${ROOT}?hash=A`)).text).toBe('{"openapi":"3.0.0"}')
  const v2 = JSON.parse((await call('/openapi/v2', { accept: 'application/json' })).text)
  expect(v2.paths).toHaveProperty([`${ROOT}/flunders`])
  expect(v2.paths).toHaveProperty(['/apis/apps/v1/deployments'])
  expect(v2.definitions).toHaveProperty('Flunder')
  expect(v2.definitions).not.toHaveProperty('Unused')
})

it('wins over what is served here, and leaves it again', async () => {
  const body = () => ({
    spec: { versionPriority: 1, service: { namespace: 'wardle', name: 'none', port: 443 } },
  })
  await ask(apiServices, 'patch', 'v1.batch', { patchType: 'merge', body: body() })
  await until('batch to be led away', async () => (await call('/apis/batch/v1/jobs')).code === 503)
  expect(JSON.parse((await call('/openapi/v3')).text).paths).not.toHaveProperty('apis/batch/v1')
  await ask(apiServices, 'patch', 'v1.batch', { patchType: 'merge', body: { spec: { service: null } } })
  expect((await call('/apis/batch/v1/jobs')).code).toBe(200)
  await until('it to be available again', async () => {
    const { status } = await ask(apiServices, 'get', 'v1.batch')
    return JSON.stringify(status).includes('"reason":"Local"')
  })
})

it('becomes stale when it is gone, and is forgotten with its APIService', async () => {
  await extension[Symbol.asyncDispose]()
  // A change makes it be looked at, long before it would be by itself.
  const touch = { metadata: { annotations: { touched: 'yes' } } }
  await ask(apiServices, 'patch', `v1.${GROUP}`, { patchType: 'merge', body: touch })
  await becomes('FailedDiscoveryCheck')
  const url = `https://127.0.0.1:${extension.port}${ROOT}`
  const refused = `dial tcp 127.0.0.1:${extension.port}: connect: connection refused`
  const message = `failing or missing response from ${url}: Get "${url}": ${refused}`
  // Connections that were open break first.
  await until('new ones to be refused', async () => (await condition())?.message === message, 30_000)
  expect(await condition()).toMatchObject({ status: 'False' })
  expect((await call(FLUNDERS)).code).toBe(503)
  await until('it to be stale', async () => (await discovered())?.versions[0]?.freshness === 'Stale')
  await ask(apiServices, 'delete', `v1.${GROUP}`)
  await until('it to be forgotten', async () => (await discovered()) === undefined)
  expect((await call(FLUNDERS)).code).toBe(404)
})
