import { createServer, type request, type Server } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealClock } from '../../../kernel/clock.ts'
import type { Service } from '../../../kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { type ApiServer, createApiServer } from '../../api-server.ts'
import { asking, coreTarget, failure, pod } from '../../testing.ts'
import type { PortConnector } from '../connector.ts'
import type { Listener } from '../listen.ts'
import { parseBackendName } from './backend-name.ts'
import { requestHeaders } from './forwarded-headers.ts'
import { rewriteLocation } from './rewrite-location.ts'
import { serviceBackends } from './service-backend.ts'

it.each([
  ['web', { scheme: 'http', name: 'web', port: '' }],
  ['web:80', { scheme: 'http', name: 'web', port: '80' }],
  ['https:web:', { scheme: 'https', name: 'web', port: '' }],
  ['http:web:main', { scheme: 'http', name: 'web', port: 'main' }],
  ['ftp:web:80', undefined],
  [':80', undefined],
  ['http:web:80:1', undefined],
])('backend %s', (text, expected) => expect(parseBackendName(text)).toEqual(expected))

it('headers for one hop and for the API alone stay here', () => {
  const client = { address: '10.0.0.9', path: '/a/proxy/b', host: 'api:6443' }
  const headers = {
    host: 'other',
    authorization: 'Bearer secret',
    'impersonate-user': 'root',
    connection: 'close, x-mine',
    'x-mine': '1',
    'keep-alive': '5',
    'x-forwarded-for': '10.0.0.1',
    accept: 'text/html',
  }
  expect(requestHeaders(headers, client, undefined)).toEqual({
    accept: 'text/html',
    host: 'api:6443',
    'x-forwarded-for': '10.0.0.1, 10.0.0.9',
    'x-forwarded-uri': '/a/proxy/b',
    'x-forwarded-host': 'api:6443',
    'x-forwarded-proto': 'https',
  })
  expect(requestHeaders({ upgrade: 'websocket' }, client, 'websocket')).toMatchObject({
    connection: 'Upgrade',
    upgrade: 'websocket',
  })
})

it.each([
  ['/there?x=1', 'https://api/p/proxy/there?x=1'],
  ['http://10.1.1.1:80/there', 'https://api/p/proxy/there'],
  ['https://api/there', 'https://api/p/proxy/there'],
  ['https://api/p/proxy/there', 'https://api/p/proxy/there'],
  ['//10.1.1.1:80', 'https://api/p/proxy'],
  ['http://elsewhere/there', 'http://elsewhere/there'],
  ['there', 'there'],
])('a redirect to %s leads to %s', (location, expected) =>
  expect(rewriteLocation(location, { prefix: '/p/proxy', host: 'api', backend: '10.1.1.1:80' })).toBe(
    expected,
  ),
)

describe('a service leads to', () => {
  const service = {
    metadata: { name: 's', namespace: 'n' },
    spec: { ports: [{ name: 'web', port: 80 }] },
  } as Service
  const endpoint = (name: string, more = {}) => ({
    addresses: ['10.0.0.1'],
    targetRef: { kind: 'Pod', name, namespace: 'n' },
    ...more,
  })
  const slices = [
    {
      ports: [{ name: 'web', port: 8080 }],
      endpoints: [
        endpoint('a'),
        endpoint('b', { conditions: { ready: false } }),
        endpoint('c', { targetRef: { kind: 'Pod', name: 'c', namespace: 'other' } }),
        { addresses: ['127.0.0.1'] },
      ],
    },
  ] as unknown as EndpointSlice[]

  it.each(['web', '80'])('its ready pods by port %s', port =>
    expect(serviceBackends(service, slices, port)).toEqual([{ pod: 'a', port: 8080 }]),
  )
  it.each([
    ['', 'no endpoints available for service "s"'],
    ['other', 'no endpoints available for service "s:other"'],
    ['81', 'no service port 81 found for service "s"'],
  ])('nothing by port "%s"', (port, message) =>
    expect(() => serviceBackends(service, slices, port)).toThrow(message),
  )
})

describe('over the wire', () => {
  let api: ApiServer
  let listener: Listener
  let backend: Server
  beforeAll(async () => {
    backend = createServer((incoming, response) => {
      if (incoming.url === '/cut') incoming.socket.destroy()
      else if (incoming.url === '/away') response.writeHead(302, { location: '/here' }).end()
      else {
        response.setHeader(
          'x-seen',
          `${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? 'nobody'}`,
        )
        incoming.pipe(response)
      }
    }).on('upgrade', ({ headers }, socket) => {
      const protocols = headers['sec-websocket-protocol'] ?? ''
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Protocols: ${protocols}\r\n\r\n`,
      )
      socket.pipe(socket)
    })
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve))
    const ports: PortConnector = {
      requirePorts() {},
      async connect(_, port) {
        if (port === 1) throw new Error('connection refused')
        const socket = connect((backend.address() as AddressInfo).port, '127.0.0.1')
        await once(socket, 'connect')
        return socket
      },
    }
    const log = { info() {}, warn() {}, error() {} }
    api = await createApiServer({
      clock: new RealClock(),
      log,
      storage: 'memory',
      tls: { storage: 'memory' },
    })
    listener = await api.listen({
      host: '127.0.0.1',
      port: 0,
      connectors: {
        ports: { 'pods/proxy': ports },
        nodes: {
          answer: async ({ node, path, query }) => ({
            code: 201,
            contentType: 'text/plain',
            body: path === 'text' ? `${node} ${query}` : chunks(path),
          }),
        },
      },
    })
    await asking(() => api).create(coreTarget('pods', 'default'), 'p', pod())
    await asking(() => api).create(coreTarget('nodes'), 'n', { spec: {} })
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    backend.close()
  })

  async function* chunks(text: string) {
    yield Buffer.from(text)
    yield Buffer.from('!')
  }

  const ask = (path: string, { method = 'GET', body = '', headers = {} } = {}) => {
    const { credentials, url } = listener
    const outgoing = httpsRequest(new URL(`${url}/api/v1/namespaces/default/pods/${path}`), {
      method,
      ca: credentials.authority,
      headers: {
        authorization: `Bearer ${credentials.token}`,
        ...(body ? { 'transfer-encoding': 'chunked' } : {}),
        ...headers,
      },
    })
    outgoing.end(body)
    return outgoing
  }
  const answer = async (outgoing: ReturnType<typeof request>) => {
    const [response] = await once(outgoing, 'response')
    let text = ''
    for await (const chunk of response) text += String(chunk)
    return { code: response.statusCode as number, headers: response.headers, text }
  }

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('passes %s on, without credentials', async method => {
    const body = method === 'GET' ? '' : 'words'
    const { code, headers, text } = await answer(ask('p:80/proxy/a/b?watch=1', { method, body }))
    expect([code, headers['x-seen'], text]).toEqual([200, `${method} /a/b?watch=1 nobody`, body])
  })

  it('leads to the folder, and redirects back through the proxy', async () => {
    expect((await answer(ask('p/proxy?q=1'))).headers.location).toBe(
      '/api/v1/namespaces/default/pods/p/proxy/?q=1',
    )
    const { code, headers } = await answer(ask('p/proxy/away', { headers: { host: 'localhost' } }))
    expect([code, headers.location]).toEqual([
      302,
      'https://localhost/api/v1/namespaces/default/pods/p/proxy/here',
    ])
  })

  it.each([
    ['p:1/proxy/x', 503, 'error trying to reach service: connection refused'],
    ['p/proxy/cut', 503, 'error trying to reach service: socket hang up'],
    ['p:x/proxy/', 400, 'invalid port \\"x\\"'],
    ['a:b:c/proxy/', 400, 'invalid pod request \\"a:b:c\\"'],
    ['q/proxy/', 404, 'pods \\"q\\" not found'],
  ])('%s: %d', async (path, code, message) => {
    const answered = await answer(ask(path))
    expect(answered.code).toBe(code)
    expect(answered.text).toContain(message)
  })

  it.each([
    ['n/proxy/text?a=1', 'GET', 201, 'n a=1'],
    ['https:n:10250/proxy/text', 'GET', 201, 'n '],
    ['n/proxy/a/b', 'GET', 200, 'a/b!'],
    ['n/proxy/text', 'POST', 405, 'does not allow this method'],
    ['other/proxy/text', 'GET', 404, 'nodes \\"other\\" not found'],
    ['a:b:c/proxy/text', 'GET', 400, 'invalid node request'],
  ])('a node, %s by %s: %d', async (path, method, code, text) => {
    const answered = await answer(ask(`../../../nodes/${path}`, { method }))
    expect(answered.code).toBe(code)
    expect(answered.text).toContain(text)
  })

  it('passes upgrades through', async () => {
    const [, socket] = await once(
      ask('p/proxy/x', { headers: { connection: 'Upgrade', upgrade: 'echo' } }),
      'upgrade',
    )
    socket.write('hello')
    expect(String((await once(socket, 'data'))[0])).toBe('hello')
    socket.destroy()
  })

  it('keeps the token that comes as a sub-protocol', async () => {
    const token = Buffer.from(listener.credentials.token).toString('base64url')
    const headers = {
      connection: 'Upgrade',
      upgrade: 'echo',
      authorization: '',
      'sec-websocket-protocol': `base64url.bearer.authorization.k8s.io.${token}, chat`,
    }
    const [response, socket] = await once(ask('p/proxy/x', { headers }), 'upgrade')
    expect(response.headers['x-protocols']).toBe('chat')
    socket.destroy()
  })

  it('leaves empty segments of the path to the backend', async () => {
    expect((await answer(ask('p/proxy/a//b'))).headers['x-seen']).toBe('GET /a//b nobody')
    expect((await answer(ask('/p/proxy/a'))).code).toBe(404)
    expect((await answer(ask('p/log//a'))).code).toBe(404)
  })

  it('is not known where nothing connects', async () => {
    expect(
      await failure(asking(() => api).ask({ ...coreTarget('nodes'), subresource: 'proxy' }, 'get', 'n')),
    ).toMatch(/^40/)
  })
})
