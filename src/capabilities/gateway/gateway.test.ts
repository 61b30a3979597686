import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestKernel, type TestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { Namespace, Pod, Service } from '../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import { gateway } from './index.ts'
import { Gateway } from './kinds/generated/gateway.ts'
import { GatewayClass } from './kinds/generated/gateway-class.ts'
import { HTTPRoute, type HTTPRouteSpec, type HTTPRouteSpecRulesItem } from './kinds/generated/http-route.ts'

let test: TestKernel
const closers: (() => unknown)[] = []
beforeAll(async () => {
  test = await startTestKernel({ capabilities: [gateway] })
})
afterAll(async () => {
  await test[Symbol.asyncDispose]()
})
let namespace = ''
let count = 0
beforeEach(async () => {
  namespace = `case-${count++}`
  await test.kernel.client.create(Namespace, {
    metadata: { name: namespace, labels: { team: 'web' } },
    spec: {},
  })
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
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
const answering = (text: string) => upstream((_, response) => response.end(text))

/** A Service with one ready pod on the given port of loopback. */
async function serve(name: string, port: number): Promise<void> {
  const { client } = test.kernel
  const hash = 'abc123'
  await client.create(Pod, {
    metadata: {
      name: `${name}-${hash}-x`,
      namespace,
      labels: { app: name, 'rollouts-pod-template-hash': hash },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-${hash}`, uid: 'u', controller: true },
      ],
    },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  })
  await client.create(Service, {
    metadata: { name, namespace },
    spec: { ports: [{ name: 'http', port: 80, targetPort: port }] },
  })
  await client.create(EndpointSlice, {
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['127.0.0.1'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: `${name}-${hash}-x`, namespace },
      },
    ],
  })
}
async function makeGateway(changes: Partial<Gateway['spec']> = {}): Promise<void> {
  await test.kernel.client.create(Gateway, {
    metadata: { name: 'web', namespace },
    spec: {
      gatewayClassName: 'drave',
      listeners: [{ name: 'http', port: 8080, protocol: 'HTTP' }],
      ...changes,
    },
  })
}
const makeRoute = (rules: HTTPRouteSpecRulesItem[], changes: Partial<HTTPRouteSpec> = {}) =>
  test.kernel.client.create(HTTPRoute, {
    metadata: { name: 'web', namespace },
    spec: { parentRefs: [{ name: 'web' }], rules, ...changes },
  })
const conditionOf = (
  conditions: readonly { type: string; status: string; reason: string; message: string }[] | undefined,
  type: string,
) => conditions?.find(candidate => candidate.type === type)
const gatewayNow = () => test.kernel.client.get(Gateway, { name: 'web', namespace })
const routeNow = () => test.kernel.client.get(HTTPRoute, { name: 'web', namespace })
async function urlOf(listener = 'http'): Promise<string> {
  return until('the listener to be published', () =>
    test.kernel.endpoints.get(`gateway/${namespace}/web/${listener}`),
  )
}
const backend = (name: string, weight?: number) => ({
  name,
  port: 80,
  ...(weight === undefined ? {} : { weight }),
})
async function answer(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init)
  return `${response.status} ${(await response.text()).trim()}`
}

describe('the road of a request', () => {
  it('is open as soon as Gateway, HTTPRoute and Service are there, and says so', async () => {
    await serve('web', await answering('hello'))
    await makeGateway()
    await makeRoute([{ backendRefs: [backend('web')] }])
    const url = await urlOf()
    await until('an answer', async () => (await answer(url)) === '200 hello')
    const status = await until('the status', async () => {
      const { status } = await gatewayNow()
      return status?.listeners?.[0]?.attachedRoutes === 1 && status
    })
    expect(conditionOf(status.conditions, 'Accepted')).toMatchObject({ status: 'True', reason: 'Accepted' })
    expect(conditionOf(status.conditions, 'Programmed')).toMatchObject({
      status: 'True',
      reason: 'Programmed',
    })
    expect(status.addresses).toEqual([{ type: 'IPAddress', value: '127.0.0.1' }])
    expect(status.listeners?.[0]?.supportedKinds).toEqual([
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
    ])
    for (const [type, expected] of [
      ['Accepted', 'True'],
      ['Programmed', 'True'],
      ['ResolvedRefs', 'True'],
      ['Conflicted', 'False'],
    ] as const)
      expect(conditionOf(status.listeners?.[0]?.conditions, type)?.status).toBe(expected)
    const parents = await until('the route', async () => (await routeNow()).status?.parents)
    expect(parents[0]).toMatchObject({ controllerName: 'drave.dev/gateway', parentRef: { name: 'web' } })
    expect(conditionOf(parents[0]?.conditions, 'Accepted')).toMatchObject({ status: 'True' })
    expect(conditionOf(parents[0]?.conditions, 'ResolvedRefs')).toMatchObject({ status: 'True' })
    const gatewayClass = await test.kernel.client.get(GatewayClass, { name: 'drave' })
    expect(conditionOf(gatewayClass.status?.conditions, 'Accepted')?.status).toBe('True')
    const service = await test.kernel.client.get(Service, { name: 'web-drave', namespace })
    expect(service.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Gateway', name: 'web' })
    const slice = await test.kernel.client.get(EndpointSlice, { name: 'web-drave-drave', namespace })
    expect(slice.ports?.[0]?.port).toBe(Number(new URL(url).port))
  })

  it('is counted as Istio counts it', async () => {
    await serve('shop', await answering('hello'))
    await makeGateway()
    await makeRoute([{ matches: [{ path: { value: '/a' } }], backendRefs: [backend('shop')] }])
    const url = await urlOf()
    await until('an answer', async () => (await answer(`${url}/a`)) === '200 hello')
    await answer(`${url}/b`)
    const text = await test.kernel.metrics.text()
    const labels = `source_workload="drave-gateway",source_workload_namespace="drave-system",source_app="drave-gateway",destination_workload="shop",destination_workload_namespace="${namespace}",destination_app="shop",destination_version="abc123",destination_service="shop.${namespace}.svc.cluster.local",destination_service_name="shop",destination_service_namespace="${namespace}",request_protocol="http",response_code="200",response_flags="-"`
    expect(text).toContain(
      `istio_requests_total{reporter="destination",connection_security_policy="none",${labels}} 1\n`,
    )
    expect(text).toContain(
      `istio_requests_total{reporter="source",connection_security_policy="unknown",${labels}} 1\n`,
    )
    expect(text).toContain(
      `istio_request_duration_milliseconds_bucket{reporter="destination",connection_security_policy="none",${labels},le="+Inf"} 1\n`,
    )
    expect(text).toContain(
      `istio_request_duration_milliseconds_count{reporter="destination",connection_security_policy="none",${labels}} 1\n`,
    )
    expect(text).toMatch(
      /istio_requests_total\{reporter="source".*response_code="404",response_flags="NR"\} [1-9]/,
    )
  })

  it('follows weights at once, without a failed request, and keeps callers where they are', async () => {
    await serve('stable', await answering('stable'))
    await serve('canary', await answering('canary'))
    await makeGateway()
    await makeRoute([{ backendRefs: [backend('stable', 100), backend('canary', 0)] }])
    const url = await urlOf()
    await until('an answer', async () => (await answer(url)) === '200 stable')
    const users = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const response = await fetch(url)
        await response.text()
        return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '', seen: 'stable' }
      }),
    )
    expect(users[0]?.cookie).toMatch(/^drave-session=[0-9a-f]{32}$/)
    for (const weight of [10, 30, 60, 100]) {
      const changed = test.kernel.client.patch(
        HTTPRoute,
        { name: 'web', namespace },
        { spec: { rules: [{ backendRefs: [backend('stable', 100 - weight), backend('canary', weight)] }] } },
      )
      for (let round = 0; round < 3; round++) {
        if (round === 1) await changed
        for (const user of users) {
          const response = await fetch(url, { headers: { cookie: user.cookie } })
          const text = await response.text()
          expect([response.status, response.headers.get('set-cookie')]).toEqual([200, null])
          expect(`${user.seen} then ${text}`).not.toBe('canary then stable')
          user.seen = text
        }
      }
    }
    expect(users.every(({ seen }) => seen === 'canary')).toBe(true)
  })

  it('goes around endpoints that left, and ends with 503 when none is left', async () => {
    await serve('web', await answering('one'))
    await makeGateway()
    await makeRoute([{ backendRefs: [backend('web')] }])
    const url = await urlOf()
    await until('an answer', async () => (await answer(url)) === '200 one')
    const other = await answering('two')
    const ref = { name: 'web-1', namespace }
    await test.kernel.client.patch(EndpointSlice, ref, {
      ports: [{ name: 'http', port: other, protocol: 'TCP' }],
    })
    await until('the other endpoint', async () => {
      const text = await answer(url)
      expect(text).toMatch(/^200/)
      return text === '200 two'
    })
    await test.kernel.client.patch(EndpointSlice, ref, {
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: false } }],
    })
    await until('no endpoints', async () =>
      (await answer(url)).startsWith(`503 Service ${namespace}/web:80 has no ready endpoints`),
    )
  })

  it('redirects, rewrites and changes headers', async () => {
    await serve(
      'echo',
      await upstream((request, response) =>
        response.setHeader('X-From', 'backend').end(
          JSON.stringify({
            url: request.url,
            host: request.headers.host,
            added: request.headers['x-added'],
          }),
        ),
      ),
    )
    await makeGateway()
    await makeRoute([
      {
        matches: [{ path: { value: '/old' } }],
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: {
              hostname: 'new.example',
              scheme: 'https',
              statusCode: 301,
              path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' },
            },
          },
        ],
      },
      {
        matches: [{ path: { value: '/in' } }],
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: {
              hostname: 'inner.example',
              path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/out' },
            },
          },
          {
            type: 'RequestHeaderModifier',
            requestHeaderModifier: { set: [{ name: 'X-Added', value: 'yes' }] },
          },
          {
            type: 'ResponseHeaderModifier',
            responseHeaderModifier: { remove: ['X-From'], add: [{ name: 'X-Gateway', value: 'drave' }] },
          },
        ],
        backendRefs: [backend('echo')],
      },
    ])
    const url = await urlOf()
    const moved = await until('the redirect', async () => {
      const response = await fetch(`${url}/old/page?a=b`, { redirect: 'manual' })
      return response.status === 301 && response
    })
    expect(moved.headers.get('location')).toBe('https://new.example/new/page?a=b')
    const response = await fetch(`${url}/in/x?c`, { headers: { 'x-added': 'no' } })
    expect(await response.json()).toEqual({ url: '/out/x?c', host: 'inner.example', added: 'yes' })
    expect([response.headers.get('x-from'), response.headers.get('x-gateway')]).toEqual([null, 'drave'])
  })
})

describe('what explains itself', () => {
  it.each<
    [
      name: string,
      rule: HTTPRouteSpecRulesItem,
      type: string,
      reason: string,
      message: RegExp,
      status: number,
    ]
  >([
    [
      'a Service that is not there',
      { backendRefs: [backend('gone')] },
      'ResolvedRefs',
      'BackendNotFound',
      /spec\.rules\[0\]\.backendRefs\[0\]: case-\d+\/gone/,
      500,
    ],
    [
      'a port that is not there',
      { backendRefs: [{ name: 'web', port: 81 }] },
      'ResolvedRefs',
      'BackendNotFound',
      /no port 81/,
      500,
    ],
    [
      'another kind',
      { backendRefs: [{ name: 'web', port: 80, kind: 'Bucket', group: 'x.y' }] },
      'ResolvedRefs',
      'InvalidKind',
      /Bucket/,
      500,
    ],
    [
      'another namespace',
      { backendRefs: [{ name: 'web', port: 80, namespace: 'other' }] },
      'ResolvedRefs',
      'RefNotPermitted',
      /ReferenceGrant/,
      500,
    ],
    [
      'a mirror',
      {
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'web', port: 80 } } }],
        backendRefs: [backend('web')],
      },
      'Accepted',
      'UnsupportedValue',
      /RequestMirror/,
      404,
    ],
    [
      'a pattern that is none',
      { matches: [{ path: { type: 'RegularExpression', value: '(' } }], backendRefs: [backend('web')] },
      'Accepted',
      'UnsupportedValue',
      /matches\[0\]\.path/,
      404,
    ],
    [
      'a session that ends when idle',
      { sessionPersistence: { idleTimeout: '1m' }, backendRefs: [backend('web')] },
      'Accepted',
      'UnsupportedValue',
      /idleTimeout/,
      404,
    ],
    ['no backend at all', {}, 'Accepted', 'Accepted', /^$/, 500],
  ])('%s', async (_, rule, type, reason, message, status) => {
    await serve('web', await answering('hello'))
    await makeGateway()
    await makeRoute([rule])
    const url = await urlOf()
    await until('the answer', async () => (await answer(url)).startsWith(`${status} `))
    const found = await until('the condition', async () =>
      conditionOf((await routeNow()).status?.parents[0]?.conditions, type),
    )
    expect(found.reason).toBe(reason)
    expect(found.message).toMatch(message)
  })

  it.each<[name: string, route: Partial<HTTPRouteSpec>, reason: string]>([
    ['a Gateway that is not there', { parentRefs: [{ name: 'gone' }] }, 'NoMatchingParent'],
    ['a listener that is not there', { parentRefs: [{ name: 'web', sectionName: 'x' }] }, 'NoMatchingParent'],
    ['a port that is not there', { parentRefs: [{ name: 'web', port: 1 }] }, 'NoMatchingParent'],
    ['a hostname that no listener serves', { hostnames: ['a.example.org'] }, 'NoMatchingListenerHostname'],
    [
      'a listener that allows other namespaces',
      { parentRefs: [{ name: 'web', sectionName: 'other' }] },
      'NotAllowedByListeners',
    ],
    [
      'a parent of another kind',
      { parentRefs: [{ name: 'web', kind: 'Service', group: '' }] },
      'UnsupportedValue',
    ],
  ])('%s', async (_, route, reason) => {
    await serve('web', await answering('hello'))
    await makeGateway({
      listeners: [
        { name: 'http', port: 8080, protocol: 'HTTP', hostname: '*.example.com' },
        {
          name: 'other',
          port: 8081,
          protocol: 'HTTP',
          allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'other' } } } },
        },
      ],
    })
    await makeRoute([{ backendRefs: [backend('web')] }], route)
    const found = await until('the condition', async () =>
      conditionOf((await routeNow()).status?.parents[0]?.conditions, 'Accepted'),
    )
    expect(found).toMatchObject({ status: 'False', reason })
    expect(found.message).not.toBe('')
  })

  it('listeners that cannot be', async () => {
    await makeGateway({
      listeners: [
        { name: 'good', port: 8080, protocol: 'HTTP' },
        { name: 'tls', port: 8443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'c' }] } },
        { name: 'kinds', port: 8082, protocol: 'HTTP', allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } },
      ],
    })
    const status = await until('the status', async () => {
      const { status } = await gatewayNow()
      return status?.listeners?.length === 3 && status
    })
    expect(conditionOf(status.conditions, 'Accepted')).toMatchObject({
      status: 'True',
      reason: 'ListenersNotValid',
    })
    const reasons = status.listeners?.map(({ name, conditions, supportedKinds }) => [
      name,
      conditionOf(conditions, 'Accepted')?.reason,
      conditionOf(conditions, 'Programmed')?.status,
      conditionOf(conditions, 'Conflicted')?.status,
      conditionOf(conditions, 'ResolvedRefs')?.reason,
      supportedKinds?.length,
    ])
    expect(reasons).toEqual([
      ['good', 'Accepted', 'True', 'False', 'ResolvedRefs', 1],
      ['tls', 'UnsupportedProtocol', 'False', 'False', 'ResolvedRefs', 0],
      ['kinds', 'Accepted', 'False', 'False', 'InvalidRouteKinds', 0],
    ])
  })

  it('a class that nobody made, or that another controller has', async () => {
    await makeGateway({ gatewayClassName: 'nobody' })
    await until('the status', async () =>
      conditionOf((await gatewayNow()).status?.conditions, 'Accepted')?.message.includes(
        'nobody does not exist',
      ),
    )
    await test.kernel.client.create(GatewayClass, {
      metadata: { name: 'nobody' },
      spec: { controllerName: 'drave.dev/gateway' },
    })
    await until(
      'the Gateway to be ours now',
      async () => conditionOf((await gatewayNow()).status?.conditions, 'Programmed')?.status === 'True',
    )
  })
})

it('a port in use is named, does not stop the others, and is opened when it is free', async () => {
  const holder = createTcpServer()
  await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
  const address = holder.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  const probe = createTcpServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const free = probe.address()
  const freePort = typeof free === 'object' && free ? free.port : 0
  await new Promise(resolve => probe.close(resolve))

  const fixed = await startTestKernel({ capabilities: [gateway] })
  Object.assign(fixed.kernel.config, { ephemeralPorts: false })
  closers.push(() => fixed[Symbol.asyncDispose]())
  const { client } = fixed.kernel
  await client.create(Gateway, {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      gatewayClassName: 'drave',
      listeners: [
        { name: 'taken', port: taken, protocol: 'HTTP' },
        { name: 'free', port: freePort, protocol: 'HTTP' },
      ],
    },
  })
  const now = async () => (await client.get(Gateway, { name: 'web', namespace: 'default' })).status
  const found = await until('the refusal', async () => {
    const condition = conditionOf((await now())?.conditions, 'Programmed')
    return condition?.reason === 'PortUnavailable' && condition
  })
  expect(found.message).toContain(`port ${taken} on 127.0.0.1 is in use by`)
  expect(await answer(`http://127.0.0.1:${freePort}/`)).toMatch(/^404/)
  holder.close()
  await until(
    'the port to be opened',
    async () => conditionOf((await now())?.conditions, 'Programmed')?.status === 'True',
  )
  expect(await answer(`http://127.0.0.1:${taken}/`)).toMatch(/^404/)
})
