import { createHash } from 'node:crypto'
import { Agent, createServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../kernel/until.ts'
import {
  RawClient,
  RawServer,
  startTestProxy,
  type TestProxy,
  testChoice,
  testMatch,
  testRule,
} from './testing.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function upstream(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
async function raw(
  onData: ConstructorParameters<typeof RawServer>[0],
): Promise<{ server: RawServer; port: number }> {
  const server = new RawServer(onData)
  closers.push(() => server.close())
  return { server, port: await server.listen() }
}
async function proxyTo(port: number | readonly number[], limits = {}): Promise<TestProxy> {
  const proxy = await startTestProxy(limits)
  closers.push(() => proxy[Symbol.asyncDispose]())
  const target = proxy.target('web', ...[port].flat())
  proxy.route(testMatch(testRule({ choices: [testChoice(target)] })))
  return proxy
}
function client(proxy: TestProxy): RawClient {
  const made = new RawClient(proxy.port)
  closers.push(() => made[Symbol.dispose]())
  return made
}
async function text(message: IncomingMessage): Promise<string> {
  let all = ''
  for await (const chunk of message.setEncoding('latin1')) all += chunk
  return all
}
const send = (proxy: TestProxy, options: object, body?: Iterable<Buffer>) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: proxy.port, agent: false, ...options }, resolve)
    sent.on('error', reject)
    for (const piece of body ?? []) sent.write(piece)
    sent.end()
  })

const hello: RequestListener = (message, response) => {
  response.setHeader('X-Path', message.url ?? '')
  response.end(`hello ${message.method}`)
}

describe('a request through the proxy', () => {
  it('is forwarded with the client named, and hop-by-hop fields left out', async () => {
    const seen: IncomingMessage[] = []
    const proxy = await proxyTo(
      await upstream((message, response) => {
        seen.push(message)
        hello(message, response)
      }),
    )
    const made = client(proxy).send(
      'GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=9\r\nTE: trailers\r\nX-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: https\r\nX-Kept: yes\r\n\r\n',
    )
    const answer = await made.receives('hello GET')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).not.toMatch(/^(Connection|Keep-Alive):/im)
    const headers = { ...seen[0]?.headers }
    delete headers['connection']
    expect(headers).toEqual({
      host: 'shop.example',
      'x-kept': 'yes',
      'x-forwarded-for': '10.0.0.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
    })
    expect(seen[0]?.url).toBe('/a?b=c')
  })

  it('reuses the connection on both sides', async () => {
    let connections = 0
    const server = createServer(hello)
    server.on('connection', () => connections++)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    const proxy = await proxyTo(typeof address === 'object' && address ? address.port : 0)
    const made = client(proxy)
    for (let turn = 1; turn <= 5; turn++) {
      made.send(`GET /${turn} HTTP/1.1\r\nHost: a\r\n\r\n`)
      await until('an answer', () => made.text.split('hello GET').length === turn + 1)
    }
    expect(connections).toBe(1)
    expect(made.isClosed).toBe(false)
  })

  it('answers pipelined requests in order, whole and cut anywhere', async () => {
    const proxy = await proxyTo(await upstream(hello))
    const requests = ['/1', '/2', '/3'].map(path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')
    const made = client(proxy).send(requests)
    for (const piece of requests) made.send(piece)
    await until('six answers', () => made.text.split('hello GET').length === 7)
    expect([...made.text.matchAll(/X-Path: (\S+)/g)].map(match => match[1])).toEqual([
      '/1',
      '/2',
      '/3',
      '/1',
      '/2',
      '/3',
    ])
  })

  it('streams large bodies both ways without changing a byte', async () => {
    const proxy = await proxyTo(await upstream((message, response) => message.pipe(response)))
    const piece = Buffer.alloc(64 * 1024, 'abcdefghij')
    for (const headers of [{}, { 'Content-Length': piece.length * 100 }]) {
      const response = await send(
        proxy,
        { method: 'POST', headers },
        (function* () {
          for (let index = 0; index < 100; index++) yield piece
        })(),
      )
      const hash = createHash('sha1')
      let length = 0
      for await (const chunk of response) {
        hash.update(chunk)
        length += chunk.length
      }
      expect(length).toBe(piece.length * 100)
      expect(hash.digest('hex')).toBe(
        createHash('sha1')
          .update(Buffer.concat(Array(100).fill(piece)))
          .digest('hex'),
      )
    }
  })

  it('holds the backend back when the client does not read', async () => {
    let written = 0
    const proxy = await proxyTo(
      await upstream((_, response) => {
        const piece = Buffer.alloc(64 * 1024)
        const more = () => {
          while (written < 400 * piece.length) {
            written += piece.length
            if (!response.write(piece)) {
              response.once('drain', more)
              return
            }
          }
          response.end()
        }
        more()
      }),
    )
    const made = client(proxy)
    made.socket.pause()
    made.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    let last = -1
    await until('the backend to stop writing', async () => {
      const before = last
      last = written
      await new Promise(resolve => setTimeout(resolve, 100))
      return before === written && written > 0
    })
    expect(written).toBeLessThan(400 * 64 * 1024)
    made.socket.resume()
    await until('the whole body', () => made.text.endsWith('0\r\n\r\n'), 15_000)
    expect(made.text.length).toBeGreaterThan(400 * 64 * 1024)
  })

  it('passes chunked responses and their trailers as they are', async () => {
    const { port } = await raw(socket =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n',
      ),
    )
    const made = client(await proxyTo(port)).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await made.receives('X-Sum: 7\r\n\r\n')).toContain('5;a=b\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n')
    expect(made.isClosed).toBe(false)
  })

  it('decodes chunks for an HTTP/1.0 client and closes', async () => {
    const { port } = await raw(socket =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'),
    )
    const made = client(await proxyTo(port)).send('GET / HTTP/1.0\r\n\r\n')
    const answer = await made.closes()
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer.endsWith('\r\n\r\nabcde')).toBe(true)
  })

  it('knows when there is no body', async () => {
    const { port } = await raw((socket, request) => {
      if (request.startsWith('HEAD')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
      else if (request.includes('/204')) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      else if (request.includes('/304'))
        socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n')
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast')
    })
    const made = client(await proxyTo(port))
    made.send(
      'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    )
    const answer = await made.receives('last')
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1])).toEqual([
      '200',
      '204',
      '304',
      '200',
    ])
  })

  it('passes a body that ends with the connection, and says so', async () => {
    const { port } = await raw(socket => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end'))
    const made = client(await proxyTo(port)).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const answer = await made.closes()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n\r\nuntil the end$/)
  })

  it('waits for 100 Continue', async () => {
    const server = createServer()
    server.on('checkContinue', (message, response) => {
      response.writeContinue()
      message.resume().on('end', () => response.end('thanks'))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    const proxy = await proxyTo(typeof address === 'object' && address ? address.port : 0)
    const made = client(proxy).send(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    )
    await made.receives('HTTP/1.1 100 Continue\r\n\r\n')
    made.send('hello')
    expect(await made.receives('thanks')).toContain('HTTP/1.1 200 OK')
  })

  it('tunnels an upgrade both ways, and never h2c', async () => {
    const { server, port } = await raw((socket, request) => {
      if (request.includes('Upgrade: websocket'))
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst',
        )
      else if (request.startsWith('GET')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno')
      else socket.write(`echo ${request}`)
    })
    const proxy = await proxyTo(port)
    const made = client(proxy).send(
      'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    await made.receives('first')
    made.send('ping')
    await made.receives('echo ping')
    server.sockets[0]?.end()
    await made.closes()

    const other = client(proxy).send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n',
    )
    await other.receives('no')
    expect(server.received).not.toMatch(/h2c|HTTP2-Settings/i)
  })
})

describe('a backend that misbehaves', () => {
  const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
  const table: [name: string, onData: ConstructorParameters<typeof RawServer>[0], answer: RegExp][] = [
    ['closes without a word', socket => socket.destroy(), /^HTTP\/1\.1 502 .*closed the connection/s],
    ['speaks something else', socket => socket.write('SSH-2.0-x\r\n\r\n'), /^HTTP\/1\.1 502 .*status line/s],
    [
      'folds a header',
      socket => socket.write('HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n'),
      /^HTTP\/1\.1 502 .*folded/s,
    ],
    [
      'sends a head without end',
      socket => {
        socket.write(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`)
      },
      /^HTTP\/1\.1 502 .*64 KiB/s,
    ],
    [
      'says its length twice',
      socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      /^HTTP\/1\.1 502 .*Content-Length/s,
    ],
    [
      'switches protocols unasked',
      socket => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      /^HTTP\/1\.1 502 .*nobody asked/s,
    ],
    ['dies within its head', socket => socket.end('HTTP/1.1 200 OK\r\nA'), /^HTTP\/1\.1 502 .*half-way/s],
  ]
  it.each(table)('%s', async (_, onData, answer) => {
    const { port } = await raw(onData)
    const made = client(await proxyTo(port)).send(get)
    expect(await made.receives('\n\r\n')).toBeDefined()
    await until('the answer', () => answer.test(made.text))
  })

  it('dies within its body: the client sees that the body is cut', async () => {
    const { port } = await raw(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    const made = client(await proxyTo(port)).send(get)
    expect((await made.closes()).length).toBeLessThan(100)
  })

  it('sends more than it announced: the rest is not taken for the next response', async () => {
    const { server, port } = await raw(socket =>
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
      ),
    )
    const proxy = await proxyTo(port)
    const made = client(proxy).send(get)
    await made.receives('\r\n\r\nok')
    made.send(get)
    await until('a second answer', () => made.text.split('\r\n\r\nok').length === 3)
    expect(made.text).not.toContain('evil')
    expect(server.sockets).toHaveLength(2)
  })

  it('closes a kept connection when the next request comes: it is sent again, once', async () => {
    let served = 0
    const { port } = await raw(socket => {
      served++
      // The second request on a connection finds it closing.
      if (served === 2) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    const made = client(await proxyTo(port)).send(get)
    await made.receives('ok')
    made.send(get)
    await until('the second answer', () => made.text.split('\r\n\r\nok').length === 3)
    expect(served).toBe(3)
  })

  it('does not listen: 503 with the address, or another endpoint', async () => {
    const gone = new RawServer(() => {})
    const deadPort = await gone.listen()
    await gone.close()
    const made = client(await proxyTo(deadPort)).send(get)
    expect(await made.receives('ECONNREFUSED')).toMatch(/^HTTP\/1\.1 503/)

    const alive = await upstream(hello)
    const proxy = await proxyTo([deadPort, alive])
    const other = client(proxy)
    for (let turn = 1; turn <= 6; turn++) {
      other.send(get)
      await until('an answer', () => other.text.split('hello GET').length === turn + 1)
    }
  })

  it('does not answer in time: 504', async () => {
    const { port } = await raw(() => {})
    const proxy = await proxyTo(port)
    proxy.route(
      testMatch(testRule({ choices: [testChoice(proxy.target('web', port))], requestTimeoutMs: 50 })),
    )
    expect(await client(proxy).send(get).receives('in time')).toMatch(/^HTTP\/1\.1 504/)
  })

  it('has no endpoints: 503; has no valid reference: 500; no route: 404', async () => {
    const proxy = await proxyTo([])
    expect(await client(proxy).send(get).receives('no ready')).toMatch(/^HTTP\/1\.1 503/)
    proxy.route(testMatch(testRule({ choices: [testChoice(undefined)] })))
    expect(await client(proxy).send(get).receives('default/test')).toMatch(/^HTTP\/1\.1 500/)
    proxy.route()
    const made = client(proxy).send(get + get)
    await until('two answers', () => made.text.split('HTTP/1.1 404').length === 3)
  })
})

describe('a client that misbehaves', () => {
  it.each<[name: string, text: string, status: number]>([
    ['sends half a request', 'GET / HTTP/1.1\r\nHost: a\r\nX', 408],
    ['sends half a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf', 408],
    ['sends a header of 1 MB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(1 << 20)}\r\n\r\n`, 431],
    ['sends 20,000 headers', `GET / HTTP/1.1\r\nHost: a\r\n${'A:\r\n'.repeat(20_000)}\r\n`, 431],
    ['breaks its chunks', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
    ['speaks TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ])('%s', async (_, bytes, status) => {
    const { port } = await raw(() => {})
    const proxy = await proxyTo(port, { headTimeoutMs: 60, bodyTimeoutMs: 60 })
    const made = client(proxy).send(bytes)
    await made.receives(`HTTP/1.1 ${status}`)
    await made.closes()
    expect(proxy.refused).toHaveLength(1)
  })

  it('breaks its chunks later, when the backend has the beginning', async () => {
    const { server, port } = await raw(() => {})
    const made = client(await proxyTo(port)).send(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
    )
    await until('the beginning to arrive', () => server.received.includes('ab'))
    made.send('nonsense\r\n')
    await made.receives('HTTP/1.1 400')
  })

  it('is silent after a request: closed when idle for too long', async () => {
    const proxy = await proxyTo(await upstream(hello), { idleTimeoutMs: 50, lingerMs: 50 })
    const made = client(proxy).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await made.receives('hello')
    await made.closes()
    // Also when the client keeps its side open.
    await until('the connection to be given up', () => proxy.settings.openConnections === 0)
  })

  it('goes away: the backend is not kept busy', async () => {
    const { server, port } = await raw(() => {})
    const proxy = await proxyTo(port)
    const made = client(proxy).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until('the request to arrive', () => server.received.includes('GET'))
    let closed = false
    server.sockets[0]?.on('close', () => {
      closed = true
    })
    made.socket.destroy()
    await until('the backend connection to close', () => closed)
    expect(proxy.settings.openConnections).toBe(0)
  })

  it('comes when there are too many: refused and counted', async () => {
    const proxy = await proxyTo(await upstream(hello), { maxConnections: 1 })
    const first = client(proxy).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await first.receives('hello')
    await client(proxy).closes()
    expect(proxy.refused).toEqual(['connection_limit'])
  })

  it('smuggles nothing: what the backend sees is one request', async () => {
    const { server, port } = await raw(socket =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    )
    const proxy = await proxyTo(port)
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n'
    for (const head of [
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    ])
      await client(proxy).send(head).closes()
    // By its length it is a body, and has to arrive as one.
    await client(proxy)
      .send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`)
      .receives('ok')
    expect(server.received.match(/ HTTP\/1\.1\r\n/g)).toHaveLength(2)
    expect(server.received).toContain(`Content-Length: ${hidden.length}`)
  })
})

it('keeps a keep-alive agent happy over many requests', async () => {
  const proxy = await proxyTo([await upstream(hello), await upstream(hello)])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  closers.push(() => agent.destroy())
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => text(await send(proxy, { agent, path: `/${index}` }))),
  )
  expect(new Set(answers)).toEqual(new Set(['hello GET']))
})
