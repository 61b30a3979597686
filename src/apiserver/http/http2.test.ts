import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RealClock } from '../../kernel/clock.ts'
import { until } from '../../kernel/until.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget } from '../testing.ts'
import type { Listener } from './listen.ts'

const limits: string[] = []
let api: ApiServer
let listener: Listener
let session: ClientHttp2Session
beforeAll(async () => {
  const log = { info() {}, warn() {}, error() {} }
  const hooks = { limitHit: (name: string) => void limits.push(name) }
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
beforeEach(() => {
  session = connect(listener.url, { ca: listener.credentials.authority })
  session.on('error', () => {})
})
afterEach(() => session.destroy())

const PATH = '/api/v1/namespaces/default/configmaps'

function open(path: string, headers = {}): ClientHttp2Stream {
  return session.request({ ':path': path, authorization: `Bearer ${listener.credentials.token}`, ...headers })
}

async function answer(stream: ClientHttp2Stream) {
  const [headers] = await once(stream, 'response')
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return { code: headers[':status'] as number, headers, text }
}

async function create(name: string, data = {}) {
  const stream = open(PATH, { ':method': 'POST', 'content-type': 'application/json' })
  stream.end(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }))
  return answer(stream)
}

it('serves HTTP/2 beside HTTP/1.1', async () => {
  expect((await create('one')).code).toBe(201)
  const { code, text } = await answer(open(`${PATH}/one`))
  expect([code, JSON.parse(text).metadata.name]).toEqual([200, 'one'])
  expect(session.alpnProtocol).toBe('h2')
  expect((await answer(open('/healthz', { authorization: '' }))).text).toBe('ok')
})

it('refuses with a Status, and the connection goes on', async () => {
  const { code, text } = await answer(open(`${PATH}/none`))
  expect([code, JSON.parse(text).reason]).toEqual([404, 'NotFound'])
  const large = open(PATH, { ':method': 'POST', 'content-type': 'application/json' })
  large.on('error', () => {})
  large.end(Buffer.alloc(4 * 1024 * 1024))
  const [headers] = await once(large, 'response')
  expect(headers[':status']).toBe(413)
  large.close()
  expect((await answer(open('/version'))).code).toBe(200)
})

it('answers pings', async () => {
  await once(session, 'connect')
  await new Promise<void>((resolve, reject) => session.ping(error => (error ? reject(error) : resolve())))
})

it('carries a thousand watches on one connection', async () => {
  const seen = Array.from({ length: 1000 }, () => '')
  for (const index of seen.keys())
    open(`${PATH}?watch=true`).on('data', chunk => {
      seen[index] += String(chunk)
    })
  await until(
    'all to be open',
    () => seen.every(text => text.includes('kube-root-ca.crt') || text.includes('"one"')),
    20_000,
  )
  expect((await create('two')).code).toBe(201)
  await until('all to hear', () => seen.every(text => text.includes('"name":"two"')), 20_000)
})

it('waits for a client that reads slowly', async () => {
  const target = coreTarget('configmaps', 'default')
  for (let index = 0; index < 20; index++)
    await asking(() => api).create(target, `large-${index}`, { data: { text: 'x'.repeat(500_000) } })
  const stream = open(PATH)
  stream.pause()
  await once(stream, 'response')
  expect((await answer(open('/version'))).code).toBe(200)
  let size = 0
  for await (const chunk of stream) size += (chunk as Buffer).length
  expect(size).toBeGreaterThan(10_000_000)
})

describe('bounds', () => {
  it('the headers of a request', async () => {
    const stream = open('/version', { 'x-large': 'x'.repeat(70_000) })
    const outcome = await Promise.race([
      once(stream, 'error').then(() => 'refused'),
      once(stream, 'response').then(([headers]) => headers[':status']),
    ]).catch(() => 'refused')
    expect(['refused', 431]).toContain(outcome)
  })

  it('what is no HTTP/2, and counts it', async () => {
    const socket = connectTls({
      port: listener.port,
      host: '127.0.0.1',
      ca: listener.credentials.authority,
      ALPNProtocols: ['h2'],
    })
    socket.on('error', () => {})
    socket.resume()
    socket.write('this is not the preface of HTTP/2\r\n\r\n')
    await once(socket, 'close')
    expect(limits).toContain('http2_session')
  })

  it('streams that are opened only to be reset', async () => {
    await once(session, 'connect')
    let isOver = false
    session.once('close', () => {
      isOver = true
    })
    await until(
      'the connection to be cut',
      () => {
        for (let count = 0; count < 500 && !session.destroyed; count++)
          open('/version')
            .on('error', () => {})
            .close(constants.NGHTTP2_CANCEL)
        return isOver
      },
      30_000,
    )
  })
})
