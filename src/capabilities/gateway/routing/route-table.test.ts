import { describe, expect, it } from 'vitest'
import { RequestHead } from '../http/request-head.ts'
import { testMatch, testRule } from '../proxy/testing.ts'
import { covers, intersection, normalHost } from './host-index.ts'
import type { RouteMatch } from './match.ts'
import { changedPath, withoutDots } from './path.ts'
import { type ListenerMatches, PathIndex, RouteTable } from './route-table.ts'

const head = new RequestHead()
function find(table: RouteTable, line: string, lines = ''): string | undefined {
  const [method, url = ''] = line.split(' ')
  const [, host = '', path = '', query = ''] = /^([^/]*)([^?]*)(.*)$/.exec(url) ?? []
  const buffer = Buffer.from(`${method} ${path}${query} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`)
  if (head.read(buffer, 0, buffer.length) < 0) throw new Error(head.refusal?.because)
  return table.find(host, path, head, buffer)?.rule.name
}
const to = (name: string, changes: Partial<RouteMatch> = {}): RouteMatch =>
  testMatch(testRule({ name }), {
    order: { created: '2026-01-01T00:00:00Z', route: 'default/a', rule: 0, match: 0 },
    ...changes,
  })
const prefix = (value: string) => ({ path: { kind: 'prefix', value } as const })
const exact = (value: string) => ({ path: { kind: 'exact', value } as const })
const pattern = (value: string) => ({
  path: { kind: 'pattern', value, pattern: new RegExp(`^(?:${value})$`) } as const,
})
const listener = (hosts: Record<string, RouteMatch[]>, hostname = ''): ListenerMatches => ({
  hostname,
  hosts: new Map(Object.entries(hosts).map(([name, matches]) => [name, new PathIndex(matches)])),
})

describe('precedence', () => {
  const order = (changes: Partial<RouteMatch['order']>) => ({
    order: { created: '2026-01-01T00:00:00Z', route: 'default/a', rule: 0, match: 0, ...changes },
  })
  const header = { headers: [{ name: 'version', exact: 'two' }] }
  const query = { query: [{ name: 'animal', exact: 'whale' }] }
  const lines = 'Version: two\r\n'
  it.each<[name: string, winner: RouteMatch, loser: RouteMatch]>([
    [
      'an exact path before a prefix',
      to('w', exact('/shop/a')),
      to('l', { ...prefix('/shop/a'), ...header }),
    ],
    ['an exact path before a pattern', to('w', exact('/shop/a')), to('l', pattern('/shop/.*'))],
    ['a pattern before a prefix', to('w', pattern('/shop/.*')), to('l', prefix('/shop/a'))],
    ['the longer prefix', to('w', prefix('/shop')), to('l', { ...prefix('/'), ...header })],
    ['a method', to('w', { method: 'GET' }), to('l', { ...header, ...query })],
    ['more headers', to('w', header), to('l', query)],
    ['more query parameters', to('w', query), to('l')],
    [
      'the older route',
      to('w', order({ route: 'z/z' })),
      to('l', order({ created: '2026-01-02T00:00:00Z' })),
    ],
    ['the first by namespace and name', to('w', order({ rule: 9 })), to('l', order({ route: 'default/b' }))],
    ['the first rule', to('w', order({ match: 3 })), to('l', order({ rule: 1 }))],
    ['the first match', to('w'), to('l', order({ match: 1 }))],
  ])('%s', (_, winner, loser) => {
    for (const matches of [
      [winner, loser],
      [loser, winner],
    ])
      expect(find(new RouteTable([listener({ '': matches })]), 'GET h/shop/a?animal=whale', lines)).toBe('w')
  })

  it('goes on to the next match when conditions do not hold', () => {
    const table = new RouteTable([
      listener({ '': [to('exact', { ...exact('/a/b'), ...header }), to('long', prefix('/a')), to('root')] }),
    ])
    expect(find(table, 'GET h/a/b', lines)).toBe('exact')
    expect(find(table, 'GET h/a/b')).toBe('long')
    expect(find(table, 'GET h/c')).toBe('root')
  })
})

describe('paths', () => {
  const table = new RouteTable([listener({ '': [to('foo', prefix('/foo')), to('bar', prefix('/bar/'))] })])
  it.each<[path: string, name: string | undefined]>([
    ['/foo', 'foo'],
    ['/foo/', 'foo'],
    ['/foo/bar/x', 'foo'],
    ['/foobar', undefined],
    ['/fo', undefined],
    ['/bar', 'bar'],
    ['/bar/a', 'bar'],
    ['/', undefined],
    [`/foo${'/'.repeat(60_000)}`, 'foo'],
  ])('%s', (path, name) => {
    expect(find(table, `GET h${path}`)).toBe(name)
  })

  it.each([
    ['/a/../b', '/b'],
    ['/a/./b/..', '/a/'],
    ['/../../x', '/x'],
    ['/a/%2E%2e/b', '/b'],
    ['/a..b/.c', '/a..b/.c'],
    ['/.', '/'],
  ])('%s without dots is %s', (path, expected) => {
    expect(withoutDots(path)).toBe(expected)
  })

  it.each<[path: string, prefix: string, to: string, expected: string]>([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo', '/foo', '/xyz/', '/xyz/'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '/', '/bar'],
    ['/foo', '/foo', '/', '/'],
    ['/foo/bar', '/', '/x', '/x/foo/bar'],
  ])('%s, whose prefix %s becomes %s, is %s', (path, of, to, expected) => {
    expect(changedPath(path, { kind: 'prefix', path: to }, of)).toBe(expected)
  })
})

describe('hosts', () => {
  const table = new RouteTable([
    listener({
      '': [to('any')],
      '*.example.com': [to('wild'), to('wild-a', prefix('/a'))],
      'shop.example.com': [to('shop', prefix('/s'))],
    }),
    listener({ 'only.example.org': [to('only', prefix('/o'))] }, '*.example.org'),
  ])
  it.each<[url: string, name: string | undefined]>([
    ['other/x', 'any'],
    ['shop.example.com/s', 'shop'],
    ['SHOP.example.COM:8080/s', 'shop'],
    ['shop.example.com./s', 'shop'],
    // The less specific hostnames of the listener are next.
    ['shop.example.com/a', 'wild-a'],
    ['shop.example.com/', 'wild'],
    ['a.b.example.com/', 'wild'],
    ['example.com/', 'any'],
    ['only.example.org/o', 'only'],
    // The most specific listener takes the request, even when none of its routes does.
    ['only.example.org/x', undefined],
    ['else.example.org/o', undefined],
    ['[::1]:80/', 'any'],
    [`${'a.'.repeat(20_000)}example.com/`, 'any'],
  ])('%s', (url, name) => {
    expect(find(table, `GET ${url}`)).toBe(name)
  })

  it.each<[a: string, b: string, both: string | undefined]>([
    ['', 'a.b', 'a.b'],
    ['a.b', '', 'a.b'],
    ['*.b', 'a.b', 'a.b'],
    ['a.b', '*.b', 'a.b'],
    ['*.b', '*.c.b', '*.c.b'],
    ['*.b', 'b', undefined],
    ['*.b', '*.d', undefined],
    ['a.b', 'c.b', undefined],
    ['*.example.com', 'notexample.com', undefined],
  ])('%j and %j share %j', (a, b, both) => {
    expect(intersection(a, b)).toBe(both)
  })

  it('are compared without case, port or final dot', () => {
    expect(normalHost('A.b:80')).toBe('a.b')
    expect(normalHost('[::1]:80')).toBe('[::1]')
    expect(normalHost('[::1]')).toBe('[::1]')
    expect(covers('*.b', 'x.y.b')).toBe(true)
  })
})

it('matches headers and query parameters by text and pattern', () => {
  const table = new RouteTable([
    listener({
      '': [
        to('re', {
          headers: [{ name: 'x-v', pattern: /^(?:v\d+)$/ }],
          query: [{ name: 'q', pattern: /^(?:a|b)$/ }],
        }),
        to('two', { headers: [{ name: 'x-v', exact: '1,2' }] }),
      ],
    }),
  ])
  expect(find(table, 'GET h/?q=a&q=z', 'X-V: v12\r\n')).toBe('re')
  expect(find(table, 'GET h/?q=c', 'X-V: v12\r\n')).toBeUndefined()
  expect(find(table, 'GET h/', 'X-V: 1\r\nx-v: 2\r\n')).toBe('two')
})
