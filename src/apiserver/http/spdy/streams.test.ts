import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect as connectTcp, createServer, type Server } from 'node:net'
import { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { silentLog } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { type ApiServer, createApiServer } from '../../api-server.ts'
import { asking, coreTarget, pod } from '../../testing.ts'
import type { CommandConnector, PortConnector } from '../connector.ts'
import type { Listener } from '../listen.ts'
import { dataFrame, FLAG_FIN, RST_STREAM } from './frame.ts'
import { SpdyClient } from './testing.ts'

const POD = '/api/v1/namespaces/default/pods/p'
const HOUR_MS = 3_600_000
const PATIENCE_MS = 30_000
const limits: string[] = []
const clock = new VirtualClock(Date.now())
let api: ApiServer
let listener: Listener
let echo: Server

/** Repeats its input, says the sizes of the terminal on stdout, and ends with the code that its command names. */
const command: CommandConnector = {
  command: (_object, { command: [first = ''] }) => {
    return async ({ stdin, stdout, onResize }) => {
      onResize(({ columns, rows }) => stdout?.write(`${columns}x${rows}`))
      await new Promise<void>(resolve => {
        if (!stdin) return resolve()
        stdin.on('data', chunk => stdout?.write(chunk))
        stdin.once('end', resolve)
      })
      return Number(first)
    }
  },
}
const ports: PortConnector = {
  requirePorts() {},
  async connect(_object, port) {
    if (port === 1) throw new Error('connection refused')
    const socket = connectTcp((echo.address() as { port: number }).port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  },
}

beforeAll(async () => {
  const hooks = { limitHit: (name: string) => void limits.push(name) }
  api = await createApiServer({ clock, log: silentLog, hooks, storage: 'memory', tls: { storage: 'memory' } })
  listener = await api.listen({
    host: '127.0.0.1',
    port: 0,
    connectors: { commands: { 'pods/exec': command }, ports: { 'pods/portforward': ports } },
  })
  await asking(() => api).create(coreTarget('pods', 'default'), 'p', pod())
  echo = createServer({ allowHalfOpen: true }, socket => void socket.pipe(socket))
  await new Promise<void>(resolve => echo.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  echo.close()
})
beforeEach(() => {
  limits.length = 0
})

/** A connection that has become SPDY, and the head of the answer by which it did. */
async function upgraded(path: string, protocol: string) {
  const { credentials, port } = listener
  const socket = connect({ port, host: '127.0.0.1', ca: credentials.authority })
  socket.on('error', () => {})
  const head = [
    `POST ${POD}/${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${credentials.token}`,
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    `X-Stream-Protocol-Version: ${protocol}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return { socket, answer: String(answer), client: new SpdyClient(socket) }
}

/** Resolves when a connection has gone, be it by a reset. */
const closing = (socket: Duplex) => new Promise(resolve => socket.once('close', resolve))

async function exec(query: string, types: readonly string[]) {
  const opened = await upgraded(`exec?${query}`, 'v4.channel.k8s.io')
  for (const [index, streamtype] of types.entries()) await opened.client.open(2 * index + 1, { streamtype })
  return opened
}

it('runs a command on streams, with input until its end and the exit code', async () => {
  const { answer, client } = await exec('command=3&stdin=1&stdout=1', ['error', 'stdin', 'stdout'])
  expect(answer).toContain('101 Switching Protocols')
  expect(answer).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io')
  client.send(dataFrame(3, Buffer.from('hello')), dataFrame(3, Buffer.alloc(0), FLAG_FIN))
  await until('the outcome', () => client.hasEnded(1) && client.hasEnded(5))
  expect(client.received(5)).toBe('hello')
  expect(JSON.parse(client.received(1))).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  })
})

it('passes sizes of a terminal on, and refuses streams that it does not know or has', async () => {
  const types = ['error', 'stdin', 'stdout', 'resize', 'stdout', 'other']
  const { client, socket } = await exec('command=0&stdin=1&stdout=1&tty=1', types)
  client.send(dataFrame(7, Buffer.from('{"Width":80,"Height":24}')))
  await until('the size', () => client.received(5) === '80x24')
  const reset = client.frames.filter(frame => frame.kind === 'control' && frame.type === RST_STREAM)
  expect(reset).toHaveLength(2)
  socket.destroy()
})

it('ends a connection whose streams are not opened in time', async () => {
  const { socket } = await exec('command=0&stdout=1', ['error'])
  const closed = closing(socket)
  await clock.advance(29_000)
  expect(socket.destroyed).toBe(false)
  await clock.advance(1_000)
  await closed
  expect(limits).toEqual(['stream_creation'])
})

it('ends a connection on which nothing moves for hours', async () => {
  const { socket, client } = await exec('command=0&stdin=1&stdout=1', ['error', 'stdin', 'stdout'])
  const closed = closing(socket)
  // Not before all streams are there: they have their own time.
  client.send(dataFrame(3, Buffer.from('a')))
  await until('the first echo', () => client.received(5) === 'a', PATIENCE_MS)
  await clock.advance(3 * HOUR_MS)
  client.send(dataFrame(3, Buffer.from('b')))
  await until('the second echo', () => client.received(5) === 'ab', PATIENCE_MS)
  await clock.advance(2 * HOUR_MS)
  expect(socket.destroyed).toBe(false)
  await clock.advance(4 * HOUR_MS)
  await closed
  expect(limits).toContain('stream_idle')
})

/** Opens the streams of a forward, errors first as clients do, and sends something. */
async function forward(client: SpdyClient, port: number): Promise<void> {
  const headers = { port: String(port), requestid: '0' }
  await client.open(1, { ...headers, streamtype: 'error' })
  await client.open(3, { ...headers, streamtype: 'data' })
  client.send(dataFrame(3, Buffer.from('ping'), FLAG_FIN))
}

/** SPDY in the messages of a WebSocket; by hand, since `ws` knows no sub-protocol with a slash. */
async function tunnelled(): Promise<{ wire: Duplex; client: SpdyClient }> {
  const { credentials, url } = listener
  const outgoing = request(`${url}${POD}/portforward`, {
    ca: credentials.authority,
    headers: {
      authorization: `Bearer ${credentials.token}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io',
    },
  })
  outgoing.end()
  const [answer, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Duplex]
  expect(answer.headers['sec-websocket-protocol']).toBe('SPDY/3.1+portforward.k8s.io')
  const wire = messages(socket)
  return { wire, client: new SpdyClient(wire) }
}

/** The bytes in binary messages of less than 64 KiB, both ways (RFC 6455, 5.2). */
function messages(socket: Duplex): Duplex {
  let rest = Buffer.alloc(0)
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const head = Buffer.alloc(8)
      head.writeUInt8(0x82, 0)
      head.writeUInt8(0x80 | 126, 1)
      head.writeUInt16BE(chunk.length, 2)
      // The mask is of zeros, so that it changes nothing.
      socket.write(Buffer.concat([head, chunk]), done)
    },
    destroy(_error, done) {
      socket.destroy()
      done(null)
    },
  })
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      if (rest.length < 4) return
      const isShort = rest.readUInt8(1) < 126
      const start = isShort ? 2 : 4
      const end = start + (isShort ? rest.readUInt8(1) : rest.readUInt16BE(2))
      if (rest.length < end) return
      if (rest.readUInt8(0) === 0x82) wire.push(rest.subarray(start, end))
      rest = rest.subarray(end)
    }
  })
  socket.on('error', () => {})
  return wire
}
const bare = async () => {
  const { socket: wire, client } = await upgraded('portforward', 'portforward.k8s.io')
  return { wire, client }
}

it.each([
  ['bare', bare],
  ['in a WebSocket', tunnelled],
])('forwards ports over SPDY, %s', async (_how, begin) => {
  const { wire, client } = await begin()
  await forward(client, 8080)
  await until('the echo', () => client.received(3) === 'ping' && client.hasEnded(3))
  expect(client.received(1)).toBe('')
  wire.destroy()
  const refused = await begin()
  await forward(refused.client, 1)
  const message = 'error forwarding port 1 to pod default/p: connection refused'
  await until('the error', () => refused.client.received(1).includes(message))
  refused.wire.destroy()
})

it('gives up half of a pair of streams after its time', async () => {
  const { wire, client } = await bare()
  await client.open(1, { port: '80', requestid: '0', streamtype: 'error' })
  await until('the stream to be taken', () => client.frames.length > 0)
  await clock.advance(30_000)
  await until('the reset', () => client.control(RST_STREAM), PATIENCE_MS)
  expect(limits).toEqual(['stream_creation'])
  wire.destroy()
})
