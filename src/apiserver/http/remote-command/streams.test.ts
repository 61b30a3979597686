import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { connect as connectTcp } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RealClock } from '../../../kernel/clock.ts'
import { until } from '../../../kernel/until.ts'
import { apiError } from '../../../kube/status.ts'
import { type ApiServer, createApiServer } from '../../api-server.ts'
import { asking, coreTarget, pod } from '../../testing.ts'
import type { CommandConnector, PortConnector } from '../connector.ts'
import type { Listener } from '../listen.ts'

const limits: string[] = []
const ended: string[] = []
const hooks = {
  limitHit: (name: string) => void limits.push(name),
  request: (_verb: string, resource: string) => void ended.push(resource),
}
const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
let listener: Listener
let echo: Server

/** Repeats its input, says the sizes of the terminal on stderr, and ends with the code that its command names. */
const command: CommandConnector = {
  command(_, { command: [first = ''], container }) {
    if (container === 'none') throw apiError('BadRequest', 'container none is not valid for pod p')
    return async ({ stdin, stdout, stderr, onResize }) => {
      onResize(({ columns, rows }) => stderr?.write(`${columns}x${rows}`))
      if (first === 'missing') throw new Error('no such program')
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
  async connect(_, port) {
    if (port === 1) throw new Error('connection refused')
    const socket = connectTcp((echo.address() as { port: number }).port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  },
}

beforeAll(async () => {
  const clock = new RealClock()
  api = await createApiServer({ clock, log, hooks, storage: 'memory', tls: { storage: 'memory' } })
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

const POD = '/api/v1/namespaces/default/pods/p'

/** What came on each channel, and the code that the connection was closed with. */
class Client {
  readonly socket: WebSocket
  readonly channels = new Map<number, string>()
  readonly closed: Promise<number>

  constructor(path: string, protocols: string[]) {
    const { credentials, url } = listener
    this.socket = new WebSocket(url.replace('https', 'wss') + path, protocols, {
      ca: credentials.authority,
      headers: { authorization: `Bearer ${credentials.token}` },
    })
    this.socket.on('error', () => {})
    this.socket.on('message', (data: Buffer, isBinary) => {
      const channel = isBinary ? data.readUInt8(0) : Number(data.toString('latin1', 0, 1))
      const text = isBinary
        ? data.toString('latin1', 1)
        : Buffer.from(data.toString('latin1', 1), 'base64').toString()
      this.channels.set(channel, (this.channels.get(channel) ?? '') + text)
    })
    this.closed = once(this.socket, 'close').then(([code]) => Number(code))
  }

  async open(): Promise<this> {
    await once(this.socket, 'open')
    return this
  }

  send(channel: number, text: string): void {
    this.socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]))
  }

  status() {
    return JSON.parse(this.channels.get(3) ?? '{}') as {
      status: string
      reason?: string
      details?: object
      message?: string
    }
  }
}

const exec = (query: string, protocol = 'v5.channel.k8s.io') =>
  new Client(`${POD}/exec?${query}`, [protocol]).open()

describe('exec over WebSocket', () => {
  it('passes input until its end, output, and the exit code', async () => {
    const client = await exec('command=3&stdin=true&stdout=true')
    client.send(0, 'hello')
    client.socket.send(Buffer.of(255, 0))
    expect(await client.closed).toBe(1000)
    expect(client.channels.get(1)).toBe('hello')
    expect(client.status()).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    })
  })

  it('says that it went well, or why it could not begin', async () => {
    const good = await exec('command=0&stdout=true')
    await good.closed
    expect(good.status().status).toBe('Success')
    const bad = await exec('command=missing&stdout=true')
    await bad.closed
    expect(bad.status()).toMatchObject({
      reason: 'InternalError',
      message: 'Internal error occurred: error executing command in container: no such program',
    })
  })

  it('speaks base64, and plain words of failure before version 4', async () => {
    const client = await exec('command=2&stdin=true&stdout=true', 'v4.base64.channel.k8s.io')
    client.socket.send(`0${Buffer.from('héllo').toString('base64')}`)
    await until('the echo', () => client.channels.get(1) === 'héllo')
    client.socket.close()
    const old = await exec('command=2&stdout=true', 'channel.k8s.io')
    await old.closed
    expect(old.channels.get(3)).toBe('command terminated with non-zero exit code: exit status 2')
  })

  it('passes sizes of the terminal on', async () => {
    const client = await exec('command=0&stdin=true&stdout=true&stderr=true')
    client.send(4, '{"Width":80,"Height":24}{"Width":0,"Height":1}nonsense}{"Width":99,')
    client.send(4, '"Height":41}')
    await until('the sizes', () => client.channels.get(2) === '80x2499x41')
    client.socket.close()
  })

  it('ends a client that sends messages without measure, and counts it', async () => {
    const client = await exec('command=0&stdin=true&stdout=true')
    client.send(0, 'x'.repeat(5 * 1024 * 1024))
    expect(await client.closed).toBe(1009)
    expect(limits).toContain('websocket_message')
  })

  it('ends when its client goes', async () => {
    const client = await exec('command=0&stdin=true&stdout=true&stderr=true')
    client.send(0, 'x')
    await until('the echo', () => client.channels.get(1) === 'x')
    ended.length = 0
    client.socket.terminate()
    await until('its end', () => ended.includes('pods/exec'))
  })

  it('passes on more than any buffer holds, at the pace of its reader', async () => {
    const client = await exec('command=0&stdin=true&stdout=true')
    client.socket.pause()
    const large = 'x'.repeat(1024 * 1024)
    for (let sent = 0; sent < 40; sent++) client.send(0, large)
    await until('bytes that wait', () => client.socket.bufferedAmount > 0)
    client.socket.resume()
    await until('the echo', () => client.channels.get(1)?.length === 40 * large.length)
    client.socket.close()
  })
})

/** The answer to a raw request. */
async function answer(head: string): Promise<string> {
  const socket = raw(head)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

function raw(head: string): TLSSocket {
  const { credentials, port } = listener
  const socket = connect({ port, host: '127.0.0.1', ca: credentials.authority })
  socket.write(`${head}\r\nHost: localhost\r\nAuthorization: Bearer ${credentials.token}\r\n\r\n`)
  return socket
}

describe('is refused before the upgrade', () => {
  const spdy = 'Connection: Upgrade\r\nUpgrade: SPDY/3.1'
  it.each([
    [
      'no upgrade',
      `GET ${POD}/exec?command=0&stdout=true HTTP/1.1\r\nConnection: close`,
      400,
      'Upgrade request required',
    ],
    [
      'nothing to pass',
      `POST ${POD}/exec?command=0 HTTP/1.1\r\n${spdy}`,
      400,
      'you must specify at least 1 of stdin, stdout, stderr',
    ],
    [
      'what the node refuses',
      `POST ${POD}/exec?command=0&stdout=1&container=none HTTP/1.1\r\n${spdy}`,
      400,
      'container none is not valid',
    ],
    [
      'a pod that is not there',
      `POST ${POD}x/exec?command=0&stdout=1 HTTP/1.1\r\n${spdy}`,
      404,
      'pods \\"px\\" not found',
    ],
    [
      'no common protocol',
      `POST ${POD}/exec?command=0&stdout=1 HTTP/1.1\r\n${spdy}\r\nX-Stream-Protocol-Version: v9`,
      403,
      'unable to negotiate protocol: client supports [v9]',
    ],
    [
      'a port that is none',
      `GET ${POD}/portforward?ports=x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket`,
      400,
      'unable to parse \\"x\\" as a port',
    ],
    [
      'a broken handshake',
      `GET ${POD}/portforward?ports=1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket`,
      400,
      'not a WebSocket handshake',
    ],
  ])('%s', async (_, head, code, message) => {
    const text = await answer(head)
    expect(text).toMatch(`HTTP/1.1 ${code} `)
    expect(text).toContain(message)
  })

  it('names what it would accept', async () => {
    const text = await answer(
      `POST ${POD}/exec?command=0&stdout=1 HTTP/1.1\r\n${spdy}\r\nX-Stream-Protocol-Version: v9`,
    )
    expect(text).toContain('X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io')
  })
})

describe('port-forward over WebSocket', () => {
  it('begins each channel with its port, and passes bytes both ways', async () => {
    const client = await new Client(`${POD}/portforward?ports=8080,1`, ['v4.channel.k8s.io']).open()
    client.send(0, 'ping')
    await until('the echo', () => client.channels.get(0) === '\x90\x1fping' && client.channels.get(3))
    expect(client.channels.get(3)).toBe(
      '\x01\x00error forwarding port 1 to pod default/p: connection refused',
    )
    client.socket.close()
  })
})
