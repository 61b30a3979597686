import { request as httpsRequest } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { decodeProtobuf } from '../../kube/protobuf/decode.ts'
import { encodeProtobuf } from '../../kube/protobuf/encode.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { Listener } from './listen.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
let listener: Listener
beforeAll(async () => {
  api = await createApiServer({ clock: new RealClock(), log, storage: 'memory', tls: { storage: 'memory' } })
  const podLog = {
    async *read(_pod: object, query: URLSearchParams) {
      yield Buffer.from(`log of ${query.get('container')}`)
    },
  }
  listener = await api.listen({ host: '127.0.0.1', port: 0, connectors: { text: { 'pods/log': podLog } } })
})
afterAll(() => api[Symbol.asyncDispose]())

interface Call {
  method?: string
  body?: string | Buffer
  headers?: Record<string, string>
  anonymous?: boolean
}

function open(
  path: string,
  { method = 'GET', body, headers = {}, anonymous = false }: Call = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(listener.url + path, {
      method,
      ca: listener.credentials.authority,
      headers: {
        ...(anonymous ? {} : { authorization: `Bearer ${listener.credentials.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    })
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function call(path: string, options?: Call) {
  const response = await open(path, options)
  let text = ''
  for await (const chunk of response) text += chunk
  return { code: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) }
}

it('shows metadata alone in protobuf too, in lists and in watches', async () => {
  await create('partial')
  const accept = (as: string) => ({
    headers: { accept: `application/vnd.kubernetes.protobuf;as=${as};g=meta.k8s.io;v=v1,application/json` },
  })
  const response = await open(CONFIG_MAPS, accept('PartialObjectMetadataList'))
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const { object } = decodeProtobuf(Buffer.concat(chunks))
  expect(object).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' })
  const { items } = object as unknown as { items: { metadata: { name: string } }[] }
  expect(items.map(({ metadata }) => metadata.name)).toContain('partial')
  const watch = await open(`${CONFIG_MAPS}?watch=true&timeoutSeconds=1`, accept('PartialObjectMetadata'))
  expect(watch.headers['content-type']).toBe('application/vnd.kubernetes.protobuf;stream=watch')
  let text = ''
  for await (const chunk of watch) text += chunk.toString('latin1')
  expect(text).toMatch(/ADDED.*PartialObjectMetadata/s)
})

describe('requests with a time of their own', () => {
  it('are refused where that is none', async () => {
    const { code, json } = await call('/api?timeout=soon')
    expect([code, json().message]).toEqual([
      400,
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    ])
    for (const timeout of ['0s', '3m', '30s'])
      expect((await call(`/api/v1/pods?timeout=${timeout}`)).code).toBe(200)
  })

  it('end with it', async () => {
    // A body that does not come keeps the server waiting.
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpsRequest(`${listener.url}${CONFIG_MAPS}?timeout=50ms`, {
        method: 'POST',
        ca: listener.credentials.authority,
        headers: {
          authorization: `Bearer ${listener.credentials.token}`,
          'content-type': 'application/json',
          'content-length': 100,
        },
      })
      outgoing.on('response', resolve)
      outgoing.on('error', reject)
      outgoing.flushHeaders()
    })
    let text = ''
    for await (const chunk of await answered) text += chunk
    expect(JSON.parse(text)).toMatchObject({ code: 504, reason: 'Timeout' })
  })
})

it('says which flow schema and priority level a request belongs to', async () => {
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1'
  const uidOf = async (plural: string, name: string) =>
    (await call(`${path}/${plural}/${name}`)).json().metadata.uid
  const { headers } = await call('/api/v1/pods')
  expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(await uidOf('flowschemas', 'exempt'))
  expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe(
    await uidOf('prioritylevelconfigurations', 'exempt'),
  )
})

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, data: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
const create = (name: string) => call(CONFIG_MAPS, { method: 'POST', body: configMap(name) })

describe('who is let in', () => {
  it('nobody without a token, but for health and version', async () => {
    expect((await call('/api/v1/pods', { anonymous: true })).code).toBe(403)
    expect(
      (await call('/api/v1/pods', { anonymous: true, headers: { authorization: 'Bearer wrong' } })).code,
    ).toBe(401)
    for (const path of ['/healthz', '/livez', '/readyz?verbose', '/version'])
      expect((await call(path, { anonymous: true })).code).toBe(200)
  })

  it('the administrator with a certificate, and service accounts with their token', async () => {
    const { authority, admin } = listener.credentials
    const withCertificate = await new Promise<number | undefined>((resolve, reject) => {
      const options = { ca: authority, cert: admin.certificate, key: admin.key }
      httpsRequest(`${listener.url}/api`, options, response => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(withCertificate).toBe(200)
    const accounts = '/api/v1/namespaces/default/serviceaccounts'
    await call(accounts, { method: 'POST', body: '{"metadata":{"name":"robot"}}' })
    const { token } = (await call(`${accounts}/robot/token`, { method: 'POST', body: '{"spec":{}}' })).json()
      .status
    const headers = { authorization: `Bearer ${token}` }
    const review = await call('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      method: 'POST',
      body: '{}',
      headers,
    })
    expect(review.json().status.userInfo.username).toBe('system:serviceaccount:default:robot')
  })
})

describe('bodies', () => {
  it.each([
    ['text that is no JSON', '{"metadata": nonsense}', {}, 400, /line 1 column 14/],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, /not valid UTF-8/],
    [
      'a field that occurs twice, strictly',
      '{"metadata":{"name":"x","name":"y"}}',
      {},
      400,
      /duplicate field "metadata.name"/,
    ],
    ['an unknown field, strictly', '{"metadata":{"name":"x"},"date":{}}', {}, 400, /unknown field "date"/],
    [
      'a value of the wrong type',
      '{"metadata":{"name":"x"},"data":"text"}',
      {},
      400,
      /cannot unmarshal string/,
    ],
    ['CBOR', Buffer.from([0xa0]), { 'content-type': 'application/cbor' }, 415, /unknown format/],
    [
      'an answer in a form that is not served',
      configMap('x'),
      { accept: 'image/png' },
      406,
      /only the following media types are accepted/,
    ],
    [
      'too much',
      `{"metadata":{"name":"x"},"data":{"a":"${'x'.repeat(3 * 1024 * 1024)}"}}`,
      {},
      413,
      /limit is 3145728/,
    ],
    ['deep nesting', `{"metadata":${'['.repeat(1000)}`, {}, 400, /nested deeper/],
  ])('refuses %s', async (_, body, headers, code, message) => {
    const answer = await call(`${CONFIG_MAPS}?fieldValidation=Strict`, { method: 'POST', body, headers })
    expect(answer.code).toBe(code)
    expect(answer.json()).toMatchObject({ kind: 'Status', status: 'Failure', code })
    expect(answer.json().message).toMatch(message)
  })

  it.each([
    ['{"dryRun":"All"}', 'DeleteOptions.dryRun of type []string'],
    ['{"preconditions":{"uid":5}}', 'Preconditions.preconditions.uid of type'],
    ['{"kind":"Pod","apiVersion":"v1"}', 'the kind in the data (Pod) does not match'],
    ['{"gracePeriodSeconds":"0"}', 'DeleteOptions.gracePeriodSeconds of type int64'],
  ])('of a deletion that cannot be read delete nothing: %s', async (body, field) => {
    await call(CONFIG_MAPS, { method: 'POST', body: configMap('held') })
    for (const path of [`${CONFIG_MAPS}/held`, CONFIG_MAPS]) {
      const headers = { 'content-length': String(body.length) }
      const answer = await call(path, { method: 'DELETE', body, headers })
      expect(answer.code).toBe(400)
      expect(answer.json().message).toContain(field)
    }
    expect((await call(`${CONFIG_MAPS}/held`)).code).toBe(200)
  })

  it('warns of unknown fields unless they are to be ignored', async () => {
    const body = '{"metadata":{"name":"warned"},"date":{}}'
    const warned = await call(CONFIG_MAPS, { method: 'POST', body })
    expect(warned.headers.warning).toBe('299 - "unknown field \\"date\\""')
    expect(warned.json()).not.toHaveProperty('date')
    const quiet = await call(`${CONFIG_MAPS}?fieldValidation=Ignore&dryRun=All`, {
      method: 'POST',
      body: body.replace('warned', 'quiet'),
    })
    expect(quiet.code).toBe(201)
    expect(quiet.headers.warning).toBeUndefined()
  })

  it('may be protobuf or YAML', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'binary' }, data: { a: 'b' } }
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' }
    const binary = await call(CONFIG_MAPS, { method: 'POST', body: encodeProtobuf(object), headers })
    expect(binary.json()).toMatchObject({ metadata: { name: 'binary' }, data: { a: 'b' } })
    const yaml = { 'content-type': 'application/yaml' }
    const text = await call(CONFIG_MAPS, {
      method: 'POST',
      body: 'metadata: {name: yaml}\ndata:\n  a: "1"\n',
      headers: yaml,
    })
    expect(text.json().data).toEqual({ a: '1' })
  })
})

describe('broken clients disturb nobody', () => {
  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(
        { port: listener.port, host: '127.0.0.1', ca: listener.credentials.authority },
        () => socket.write(text),
      )
      let answer = ''
      socket.on('data', chunk => {
        answer += chunk
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })

  it('a header of 1 MB', async () => {
    const answer = await raw(`GET /api HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`)
    expect(answer).toContain('431')
    expect((await call('/api')).code).toBe(200)
  })

  it('something that is not HTTP', async () => {
    expect(await raw('hello\r\n\r\n')).toContain('the request is not valid HTTP')
  })

  it('half a request', async () => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', ca: listener.credentials.authority })
    socket.write('POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
    expect((await call('/api')).code).toBe(200)
    socket.destroy()
  })
})

describe('lists', () => {
  it('come in pages of one revision', async () => {
    const namespace = '/api/v1/namespaces/kube-public/configmaps'
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await call(namespace, { method: 'POST', body: configMap(name) })
    const first = (await call(`${namespace}?limit=2`)).json()
    // The fourth is the authority that every namespace has.
    expect(first.metadata.remainingItemCount).toBe(4)
    await call(`${namespace}/c`, { method: 'DELETE' })
    await call(namespace, { method: 'POST', body: configMap('bb') })
    const second = (await call(`${namespace}?limit=2&continue=${first.metadata.continue}`)).json()
    const third = (await call(`${namespace}?limit=2&continue=${second.metadata.continue}`)).json()
    const names = [first, second, third].map(page =>
      page.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    )
    expect(names).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'kube-root-ca.crt'],
    ])
    expect(third.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    expect((await call(`${namespace}?continue=nonsense`)).code).toBe(400)
  })

  it('select by label and field, and refuse selectors that mean nothing', async () => {
    const body = '{"metadata":{"name":"chosen","labels":{"tier":"gold"}}}'
    await call(CONFIG_MAPS, { method: 'POST', body })
    const count = async (query: string) => (await call(`${CONFIG_MAPS}?${query}`)).json().items.length
    expect(await count('labelSelector=tier%3Dgold')).toBe(1)
    expect(await count('fieldSelector=metadata.name%3Dchosen')).toBe(1)
    expect(await count('labelSelector=tier+notin+(gold)&fieldSelector=metadata.name%3Dchosen')).toBe(0)
    expect((await call(`${CONFIG_MAPS}?fieldSelector=data.a%3Db`)).json().message).toMatch(
      /"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"/,
    )
    expect((await call(`${CONFIG_MAPS}?labelSelector=a+of+b`)).code).toBe(400)
  })
})

describe('watches', () => {
  async function* lines(path: string) {
    const response = await open(path)
    let rest = ''
    for await (const chunk of response) {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) yield JSON.parse(line)
    }
  }

  it('stream changes, bookmarks and the state before', async () => {
    await create('w1')
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const seen: [string, string][] = []
    for await (const event of lines(`${CONFIG_MAPS}?${query}&fieldSelector=metadata.name%3Dw1`)) {
      seen.push([event.type, event.object.metadata.annotations?.['k8s.io/initial-events-end'] ?? ''])
      if (event.type === 'BOOKMARK') await call(`${CONFIG_MAPS}/w1`, { method: 'DELETE' })
      if (event.type === 'DELETED') break
    }
    expect(seen).toEqual([
      ['ADDED', ''],
      ['BOOKMARK', 'true'],
      ['DELETED', ''],
    ])
  })

  it('end at their time, and say inside the stream that a position is too old', async () => {
    for await (const _ of lines(`${CONFIG_MAPS}?watch=true&timeoutSeconds=1&resourceVersion=${api.revision}`))
      break
    const ahead = `watch=true&timeoutSeconds=1&resourceVersion=${api.revision + 1000}`
    expect((await call(`${CONFIG_MAPS}?${ahead}`)).text).toBe('')
    const state = `${ahead}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`
    expect((await call(`${CONFIG_MAPS}?${state}`)).json()).toMatchObject({
      type: 'ERROR',
      object: { code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    })
  })
})

describe('tables', () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
  const namespace = '/api/v1/namespaces/kube-node-lease/configmaps'

  it('show rows instead of objects, also in watches', async () => {
    await call(namespace, { method: 'POST', body: configMap('t', { a: '1', b: '2' }) })
    const table = (await call(namespace, { headers: { accept } })).json()
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(table.columnDefinitions.map((column: { name: string }) => column.name)).toEqual([
      'Name',
      'Data',
      'Age',
    ])
    const [authority, row] = table.rows
    expect(authority.cells.slice(0, 2)).toEqual(['kube-root-ca.crt', 1])
    expect(row.cells.slice(0, 2)).toEqual(['t', 2])
    expect(row.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 't' } })
    const response = await open(`${namespace}?watch=true&timeoutSeconds=30`, { headers: { accept } })
    await call(namespace, { method: 'POST', body: configMap('u') })
    let text = ''
    for await (const chunk of response) {
      text += chunk
      if (text.split('\n').length > 3) break
    }
    const [first, , last] = text
      .split('\n')
      .slice(0, 3)
      .map(line => JSON.parse(line))
    expect([first.type, first.object.rows[0].cells[0], first.object.columnDefinitions.length]).toEqual([
      'ADDED',
      'kube-root-ca.crt',
      3,
    ])
    expect([last.object.rows[0].cells[0], last.object.columnDefinitions]).toEqual(['u', null])
  })

  it('may be partial objects, or leave errors as they are', async () => {
    const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
    const list = (await call(namespace, { headers: { accept: partial } })).json()
    expect(list.kind).toBe('PartialObjectMetadataList')
    expect(list.items[0]).not.toHaveProperty('data')
    expect((await call(`${namespace}/none`, { headers: { accept } })).json().kind).toBe('Status')
  })
})

describe('what conformance asks', () => {
  const authorization = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'

  it('has no table of a review', async () => {
    const spec = { nonResourceAttributes: { path: '/', verb: 'get' } }
    const body = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec,
    })
    const headers = { accept, 'content-type': 'application/json' }
    expect((await call(authorization, { method: 'POST', headers, body })).code).toBe(406)
  })

  it('names the line of a key that YAML has twice', async () => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: x\n  a: y\n'
    const headers = { 'content-type': 'application/yaml' }
    const path = '/api/v1/namespaces/default/configmaps?fieldValidation=Strict'
    const answer = await call(path, { method: 'POST', headers, body })
    expect(answer.code).toBe(400)
    expect(answer.json().message).toContain('line 7: key "a" already set in map')
  })
})

describe('discovery', () => {
  it.each(['/nope', '/nope/v1', '/apis/nope', '/api/v9', '/api/v1/x/y', '/apis//', '/ap'])(
    'has nothing at %s',
    async path => {
      const answer = await call(path)
      expect(answer.code, answer.text).toBe(404)
      expect(answer.text).toMatch(path.startsWith('/api/') ? /"reason":"NotFound"/ : /^404 page not found/)
    },
  )

  it('lists its paths at the root', async () => {
    const { paths } = (await call('/')).json()
    expect(paths).toEqual(expect.arrayContaining(['/api/v1', '/apis', '/apis/apps/v1', '/version']))
  })

  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

  it('comes in both forms and is revalidated by its tag', async () => {
    const plain = await call('/apis')
    expect(plain.json().kind).toBe('APIGroupList')
    const whole = await call('/apis', { headers: { accept: aggregated } })
    expect(whole.headers['content-type']).toBe(
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    )
    expect(whole.json().kind).toBe('APIGroupDiscoveryList')
    const { etag = '' } = whole.headers
    expect((await call('/apis', { headers: { accept: aggregated, 'if-none-match': etag } })).code).toBe(304)
    const core = (await call('/api/v1')).json().resources.map((row: { name: string }) => row.name)
    expect(core).toContain('pods/log')
    expect((await call('/apis/nothing.example')).code).toBe(404)
  })
})

describe('OpenAPI', () => {
  it('has an index of documents whose address changes with their content', async () => {
    const index = async () =>
      (await call('/openapi/v3')).json().paths as Record<string, { serverRelativeURL: string }>
    const before = await index()
    const apps = await call(before['apis/apps/v1']?.serverRelativeURL ?? '')
    expect(apps.json().components.schemas).toHaveProperty('io.k8s.api.apps.v1.Deployment')
    const names = { kind: 'Lamp', plural: 'lamps' }
    const openAPIV3Schema = { type: 'object', properties: { watts: { type: 'integer' } } }
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }]
    const spec = { group: 'example.com', scope: 'Cluster', names, versions }
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    await call(definitions, {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: 'lamps.example.com' }, spec }),
    })
    const after = await index()
    expect(after['apis/apps/v1']).toEqual(before['apis/apps/v1'])
    const lamps = (await call(after['apis/example.com/v1']?.serverRelativeURL ?? '')).text
    expect(lamps).toContain('"watts":{"type":"integer"}')
    expect((await call('/openapi/v2')).json().definitions).toHaveProperty('io.k8s.api.core.v1.Pod')
  })

  it('speaks protobuf with clients that know no other form', async () => {
    const media = (version: string) => `application/com.github.proto-openapi.spec.${version}+protobuf`
    const v2 = await call('/openapi/v2', { headers: { accept: media('v2@v1.0') } })
    expect([v2.code, v2.headers['content-type']]).toEqual([200, media('v2.v1.0')])
    // Field 1, three bytes: the swagger version.
    expect(v2.text.slice(0, 5)).toBe('\n\x032.0')
    expect(v2.text).toContain('#/definitions/io.k8s.api.core.v1.PodSpec')
    expect((await call('/openapi/v3', { headers: { accept: media('v3@v1.0') } })).code).toBe(406)
  })
})

it('passes text of connectors through', async () => {
  const pods = '/api/v1/namespaces/default/pods'
  const spec = { containers: [{ name: 'c', image: 'x' }] }
  await call(pods, { method: 'POST', body: JSON.stringify({ metadata: { name: 'p' }, spec }) })
  expect((await call(`${pods}/p/log?container=c`)).text).toBe('log of c')
  expect((await call(`${pods}/q/log`)).code).toBe(404)
})
