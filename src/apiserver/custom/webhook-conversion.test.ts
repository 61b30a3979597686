import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { makeAuthority, makeLeaf } from '../http/certificates.ts'
import type { ApiRequest } from '../request.ts'
import { readAnswer } from './webhook-conversion.ts'

type Loose = KubeObject & { spec: Record<string, unknown>; items: Loose[] }
interface Review {
  request: { uid: string; desiredAPIVersion: string; objects: Loose[] }
}

const clock = new RealClock()
const log = { info() {}, warn() {}, error() {} }
const user = { username: 'test', groups: ['system:masters'] }
const authority = makeAuthority(clock)
const pair = makeLeaf(authority, clock, { subject: [['CN', 'hook']], names: ['localhost', '127.0.0.1'] })
let api: ApiServer
let server: Server
let asked: number
let failing: boolean

/** v1 has `length`, v2 has `metres`. */
const convert = (object: Loose, apiVersion: string): Loose => {
  const { length, metres } = object.spec
  const spec = apiVersion.endsWith('v2') ? { metres: length } : { length: metres }
  return { ...object, apiVersion, spec }
}

beforeEach(async () => {
  asked = 0
  failing = false
  server = createServer({ key: pair.key, cert: pair.certificate }, (request, response) => {
    let text = ''
    request.on('data', chunk => (text += chunk))
    request.on('end', () => {
      asked++
      const { uid, desiredAPIVersion, objects } = (JSON.parse(text) as Review).request
      const result = failing ? { status: 'Failed', message: 'no wind' } : { status: 'Success' }
      const convertedObjects = objects.map(object => convert(object, desiredAPIVersion))
      response.end(JSON.stringify({ response: { uid, result, convertedObjects } }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  api = await createApiServer({ clock, log, storage: 'memory' })
  const { port } = server.address() as AddressInfo
  await ask('customresourcedefinitions', 'create', 'v1', {
    group: 'apiextensions.k8s.io',
    namespace: '',
    body: definition(port),
  })
})
afterEach(async () => {
  await api[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
})

const version = (name: string, storage: boolean, field: string) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { [field]: { type: 'integer' } } } },
    },
  },
})
const definition = (port: number) => ({
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Boat', plural: 'boats' },
    versions: [version('v1', true, 'length'), version('v2', false, 'metres')],
    conversion: {
      strategy: 'Webhook',
      webhook: {
        conversionReviewVersions: ['v1'],
        clientConfig: {
          url: `https://localhost:${port}/convert`,
          caBundle: Buffer.from(authority.certificate).toString('base64'),
        },
      },
    },
  },
})

const ask = async (plural: string, verb: ApiRequest['verb'], of: string, more: Partial<ApiRequest>) =>
  // Tests look into fields that only their own definition knows.
  (
    await api.handle({
      user,
      verb,
      options: {},
      group: 'example.com',
      version: of,
      plural,
      namespace: 'default',
      ...more,
    })
  ).body as Loose

it('converts what is written and read in another version, lists in one go, and each object once', async () => {
  const created = await ask('boats', 'create', 'v2', {
    body: { metadata: { name: 'a' }, spec: { metres: 7 } },
  })
  expect(created).toMatchObject({ apiVersion: 'example.com/v2', spec: { metres: 7 } })
  await ask('boats', 'create', 'v1', { body: { metadata: { name: 'b' }, spec: { length: 8 } } })
  expect(await ask('boats', 'get', 'v1', { name: 'a' })).toMatchObject({ spec: { length: 7 } })
  asked = 0
  const { items } = await ask('boats', 'list', 'v2', {})
  expect(items.map(({ spec }) => spec)).toEqual([{ metres: 7 }, { metres: 8 }])
  await ask('boats', 'list', 'v2', {})
  expect(asked).toBe(1)
  const changed = await ask('boats', 'patch', 'v2', { name: 'b', body: { spec: { metres: 9 } } })
  expect(changed).toMatchObject({
    apiVersion: 'example.com/v2',
    spec: { metres: 9 },
    metadata: { generation: 2 },
  })
  expect(await ask('boats', 'get', 'v1', { name: 'b' })).toMatchObject({ spec: { length: 9 } })
})

it('says what the webhook said', async () => {
  await ask('boats', 'create', 'v1', { body: { metadata: { name: 'a' }, spec: { length: 1 } } })
  failing = true
  await expect(ask('boats', 'get', 'v2', { name: 'a' })).rejects.toThrow(
    'conversion webhook for example.com/v1, Kind=Boat failed: no wind',
  )
  expect(await ask('boats', 'get', 'v1', { name: 'a' })).toMatchObject({ spec: { length: 1 } })
})

const boat = { apiVersion: 'e/v1', kind: 'Boat', metadata: { name: 'a', uid: 'u' } } as KubeObject
const success = { uid: '1', result: { status: 'Success' } }
it.each([
  ['no object', 'x', 'the answer has no response'],
  ['another uid', { response: { ...success, uid: '2' } }, 'expected response.uid="1", got "2"'],
  [
    'no success',
    { response: { uid: '1', result: { status: 'Failed' } } },
    "response.result.status was 'Failed', not 'Success'",
  ],
  [
    'too few objects',
    { response: { ...success, convertedObjects: [] } },
    'expected 1 converted objects, got 0',
  ],
  [
    'another version',
    { response: { ...success, convertedObjects: [boat] } },
    'invalid converted object at index 0: invalid groupVersion (expected e/v2, received e/v1)',
  ],
  [
    'another name',
    {
      response: {
        ...success,
        convertedObjects: [{ ...boat, apiVersion: 'e/v2', metadata: { name: 'b', uid: 'u' } }],
      },
    },
    'invalid converted object at index 0: must have the same name: a != b',
  ],
])('refuses an answer with %s', (_, answer, problem) => {
  expect(readAnswer(answer, { uid: '1', apiVersion: 'e/v2', objects: [boat] })).toBe(problem)
})
