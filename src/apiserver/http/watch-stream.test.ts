import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RealClock } from '../../kernel/clock.ts'
import { until } from '../../kernel/until.ts'
import { decodeProtobuf } from '../../kube/protobuf/decode.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget } from '../testing.ts'
import type { Listener } from './listen.ts'

let open = 0
let api: ApiServer
let listener: Listener
beforeAll(async () => {
  const log = { info() {}, warn() {}, error() {} }
  const hooks = {
    watches: (count: number) => {
      open = count
    },
  }
  api = await createApiServer({
    clock: new RealClock(),
    log,
    hooks,
    storage: 'memory',
    tls: { storage: 'memory' },
  })
  listener = await api.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => api[Symbol.asyncDispose]())

const PATH = '/api/v1/namespaces/default/secrets?watch=true&resourceVersion='
const target = coreTarget('secrets', 'default')
let name = 0
const create = () => asking(() => api).create(target, `s${++name}`)
let since: string
beforeEach(() => {
  since = String(api.revision)
})

function webSocket(
  path: string,
  protocols: string[] = [],
): { socket: WebSocket; messages: [string, boolean][] } {
  const { credentials, url } = listener
  const socket = new WebSocket(url.replace('https', 'wss') + path, protocols, {
    ca: credentials.authority,
    headers: { authorization: `Bearer ${credentials.token}` },
  })
  const messages: [string, boolean][] = []
  socket.on('error', () => {})
  socket.on('message', (data: Buffer, isBinary) => messages.push([data.toString(), isBinary]))
  return { socket, messages }
}

describe('a watch over WebSocket', () => {
  it.each([
    ['text', [], false],
    ['binary', ['binary.k8s.io'], true],
  ])('sends one event a message, as %s', async (_, protocols, isBinary) => {
    const { socket, messages } = webSocket(PATH + since, protocols)
    await once(socket, 'open')
    await create()
    await create()
    await until('both', () => messages.length === 2)
    expect(messages.map(([text]) => JSON.parse(text).type)).toEqual(['ADDED', 'ADDED'])
    expect(messages.map(([, binary]) => binary)).toEqual([isBinary, isBinary])
    socket.close()
    await until('its end', () => open === 0)
  })

  it('ends at its time', async () => {
    const { socket } = webSocket(`${PATH}${since}&timeoutSeconds=1`)
    expect((await once(socket, 'close'))[0]).toBe(1000)
  })

  it('is refused like any other', async () => {
    const [, response] = await once(webSocket(`${PATH}x`).socket, 'unexpected-response')
    expect(response.statusCode).toBe(400)
    const [, other] = await once(webSocket(PATH + since, ['unknown']).socket, 'unexpected-response')
    expect(other.statusCode).toBe(403)
  })

  it('leaves nothing behind where the handshake is none', async () => {
    const { credentials, url } = listener
    const headers = {
      authorization: `Bearer ${credentials.token}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '8',
    }
    const outgoing = request(url + PATH + since, { ca: credentials.authority, headers, agent: false })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(400)
    response.resume()
    await until('its end', () => open === 0)
  })
})

async function get(path: string, accept: string): Promise<IncomingMessage> {
  const { credentials, url } = listener
  const headers = { accept, authorization: `Bearer ${credentials.token}` }
  const outgoing = request(url + path, { ca: credentials.authority, headers })
  outgoing.end()
  const [response] = await once(outgoing, 'response')
  return response as IncomingMessage
}

it('comes in protobuf, each event after its length, where that alone is accepted', async () => {
  const response = await get(PATH + since, 'application/vnd.kubernetes.protobuf;stream=watch')
  expect(response.headers['content-type']).toBe('application/vnd.kubernetes.protobuf;stream=watch')
  await create()
  const [bytes] = (await once(response, 'data')) as [Buffer]
  expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4)
  // WatchEvent: type (1) is text; object (2) holds raw (1), whose envelope begins with its magic number.
  expect(bytes.subarray(4, 11)).toEqual(Buffer.from('\x0a\x05ADDED'))
  const object = bytes.subarray(bytes.indexOf('k8s\0'))
  expect(decodeProtobuf(object).object).toMatchObject({ kind: 'Secret', metadata: { name: `s${name}` } })
  response.destroy()
})

it('comes in JSON where a stream of it is asked for', async () => {
  const response = await get(PATH + since, 'application/json;stream=watch')
  expect(response.headers['content-type']).toBe('application/json')
  await create()
  const [bytes] = await once(response, 'data')
  expect(JSON.parse(String(bytes)).type).toBe('ADDED')
  response.destroy()
})
