import { describe, expect, it } from 'vitest'
import { RequestHead } from '../http/request-head.ts'
import type { Gateway } from '../kinds/generated/gateway.ts'
import type { HTTPRoute, HTTPRouteSpec } from '../kinds/generated/http-route.ts'
import { chained } from '../routing/rule.ts'
import { compileRoute } from './compile-route.ts'
import { parseDuration } from './duration.ts'
import { Evaluator, type Snapshot } from './evaluate.ts'

const meta = (name: string) => ({
  name,
  namespace: 'default',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})
const gateway = (name: string): Gateway => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: meta(name),
  spec: {
    gatewayClassName: 'drave',
    listeners: [
      { name: 'any', port: 80, protocol: 'HTTP' },
      { name: 'shop', port: 80, protocol: 'HTTP', hostname: '*.shop.example' },
    ],
  },
})
const route = (name: string, spec: Partial<HTTPRouteSpec> = {}): HTTPRoute => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: meta(name),
  spec: {
    parentRefs: [{ name: 'web' }],
    rules: [{ matches: [{ path: { value: `/${name}` } }], name }],
    ...spec,
  },
})

class World implements Snapshot {
  readonly objects = new Map<string, HTTPRoute>()
  gateways = () => [gateway('web')]
  routes = () => [...this.objects.values()]
  route = (key: string) => this.objects.get(key)
  namespaceLabels = () => ({})
  compile = (of: HTTPRoute) => compileRoute(of, () => ({ reason: 'BackendNotFound', message: 'none' }))
  put(...routes: HTTPRoute[]): void {
    for (const each of routes) this.objects.set(`default/${each.metadata.name}`, each)
  }
}
const head = new RequestHead()
function ask(tables: ReturnType<Evaluator['evaluateAll']>['tables'], host: string, path: string) {
  const buffer = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  head.read(buffer, 0, buffer.length)
  return tables.get('default/web:80')?.find(host, path, head, buffer)?.rule.name
}

describe('evaluation', () => {
  it('of changed routes comes to the same as of all', () => {
    const world = new World()
    const evaluator = new Evaluator()
    world.put(route('a'), route('b'), route('c', { hostnames: ['x.shop.example', 'y.example'] }))
    evaluator.evaluateAll(world)
    world.objects.delete('default/a')
    world.put(route('b', { parentRefs: [{ name: 'other' }] }))
    world.put(
      route('c', { hostnames: ['z.example'] }),
      route('d', { parentRefs: [{ name: 'web' }, { name: 'web' }] }),
    )
    const some = evaluator.evaluateRoutes(
      ['a', 'b', 'c', 'd'].map(name => `default/${name}`),
      world,
    )
    const all = new Evaluator().evaluateAll(world)
    for (const evaluation of [some, all]) {
      const asked = ['other.example', 'x.shop.example', 'y.example', 'z.example'].map(host =>
        ['/a', '/b', '/c', '/d'].map(path => ask(evaluation.tables, host, path)),
      )
      expect(asked).toEqual([
        [undefined, undefined, undefined, 'd'],
        [undefined, undefined, undefined, 'd'],
        [undefined, undefined, undefined, 'd'],
        [undefined, undefined, 'c', 'd'],
      ])
      expect([...evaluation.routes.keys()].sort()).toEqual(['default/c', 'default/d'])
      expect([
        evaluation.attachedRoutes.get('default/web/any') ?? 0,
        evaluation.attachedRoutes.get('default/web/shop') ?? 0,
      ]).toEqual([2, 1])
    }
  })

  it('leaves the tables of before as they were', () => {
    const world = new World()
    const evaluator = new Evaluator()
    world.put(route('a'))
    const before = new Map(evaluator.evaluateAll(world).tables)
    world.put(route('a', { rules: [{ name: 'new' }] }))
    const after = evaluator.evaluateRoutes(['default/a'], world).tables
    expect([ask(before, 'h', '/a'), ask(after, 'h', '/a')]).toEqual(['a', 'new'])
  })

  it('refuses a route whole, whatever else is right in it', () => {
    const world = new World()
    world.put(route('a', { rules: [{ name: 'good' }, { filters: [{ type: 'CORS' }] }] }))
    const { tables, routes, attachedRoutes } = new Evaluator().evaluateAll(world)
    expect(ask(tables, 'h', '/')).toBeUndefined()
    expect(routes.get('default/a')?.compiled.refused).toEqual({
      reason: 'UnsupportedValue',
      message: 'spec.rules[1].filters[0]: the filter CORS is not supported',
    })
    expect(attachedRoutes.get('default/web/any') ?? 0).toBe(0)
  })
})

describe('a rule', () => {
  const compiled = (spec: Partial<HTTPRouteSpec>) =>
    compileRoute(route('a', spec), () => ({ reason: 'BackendNotFound', message: 'none' }))
  it.each<[name: string, spec: Partial<HTTPRouteSpec>, reason: string, message: RegExp]>([
    [
      'with a redirect and backends',
      {
        rules: [
          {
            filters: [{ type: 'RequestRedirect', requestRedirect: {} }],
            backendRefs: [{ name: 'b', port: 80 }],
          },
        ],
      },
      'IncompatibleFilters',
      /redirect/,
    ],
    [
      'that replaces a prefix which it does not match',
      {
        rules: [
          {
            matches: [{ path: { type: 'Exact', value: '/a' } }],
            filters: [
              {
                type: 'URLRewrite',
                urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
              },
            ],
          },
        ],
      },
      'IncompatibleFilters',
      /PathPrefix/,
    ],
    [
      'that breaks a line in a header',
      {
        rules: [
          {
            filters: [
              {
                type: 'ResponseHeaderModifier',
                responseHeaderModifier: { set: [{ name: 'X', value: 'a\r\nB: c' }] },
              },
            ],
          },
        ],
      },
      'UnsupportedValue',
      /forbidden character/,
    ],
    [
      'that sets the framing',
      {
        rules: [
          {
            filters: [
              {
                type: 'RequestHeaderModifier',
                requestHeaderModifier: { set: [{ name: 'Content-Length', value: '0' }] },
              },
            ],
          },
        ],
      },
      'UnsupportedValue',
      /Content-Length cannot be modified/,
    ],
    [
      'that looks around in a pattern',
      { rules: [{ matches: [{ path: { type: 'RegularExpression', value: '/(?=a)' } }] }] },
      'UnsupportedValue',
      /look-around/,
    ],
    [
      'with a permanent cookie without end',
      { rules: [{ sessionPersistence: { cookieConfig: { lifetimeType: 'Permanent' } } }] },
      'UnsupportedValue',
      /absoluteTimeout/,
    ],
  ])('%s is refused', (_, spec, reason, message) => {
    expect(compiled(spec).refused?.reason).toBe(reason)
    expect(compiled(spec).refused?.message).toMatch(message)
  })

  it('with several backends is sticky unless the annotation says no', () => {
    const rules = [
      {
        backendRefs: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80, weight: 3 },
        ],
      },
    ]
    const made = compileRoute(route('a', { rules }), () => ({ reason: 'x', message: '' })).matches[0]?.rule
    expect(made?.sticky).toMatchObject({ kind: 'cookie', name: 'drave-session' })
    expect(made?.bounds).toEqual([0.25, 1])
    const off = route('a', { rules })
    off.metadata.annotations = { 'gateway.drave.dev/sticky': 'false' }
    expect(compileRoute(off, () => ({ reason: 'x', message: '' })).matches[0]?.rule.sticky).toBeUndefined()
  })

  it('remembers callers as its session persistence says', () => {
    const backendRefs = [
      { name: 'a', port: 80 },
      { name: 'b', port: 80 },
    ]
    const sticky = (sessionPersistence: object) =>
      compiled({ rules: [{ backendRefs, sessionPersistence }] }).matches[0]?.rule.sticky
    expect(sticky({ type: 'Header', sessionName: 'X-User' })).toEqual({ kind: 'header', name: 'x-user' })
    expect(sticky({ sessionName: 's', absoluteTimeout: '1h' })).toEqual({
      kind: 'cookie',
      name: 's',
      attributes: '; Path=/; HttpOnly; SameSite=Lax',
      absoluteTimeoutMs: 3_600_000,
    })
    expect(sticky({ absoluteTimeout: '90s', cookieConfig: { lifetimeType: 'Permanent' } })).toMatchObject({
      attributes: '; Path=/; HttpOnly; SameSite=Lax; Max-Age=90',
    })
  })
})

it.each<[text: string, ms: number | undefined]>([
  ['1m30s', 90_000],
  ['500ms', 500],
  ['0s', 0],
  ['1h', 3_600_000],
  ['1d', undefined],
  ['1.5s', undefined],
  ['', undefined],
])('the duration %j is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

it('chains header modifiers: what the first adds the second may take away', () => {
  const first = { remove: new Set(['x-a']), append: 'X-A: 1\r\nX-B: 1\r\n' }
  const second = { remove: new Set(['x-a']), append: 'X-C: 1\r\n' }
  expect(chained(first, second)).toEqual({ remove: new Set(['x-a']), append: 'X-B: 1\r\nX-C: 1\r\n' })
  expect(chained(undefined, second)).toBe(second)
})
