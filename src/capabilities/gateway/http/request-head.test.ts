import { describe, expect, it } from 'vitest'
import { ChunkedBody } from './chunked.ts'
import { RequestHead } from './request-head.ts'
import { ResponseHead } from './response-head.ts'

const head = new RequestHead()
const read = (text: string) => {
  const buffer = Buffer.from(text, 'latin1')
  return head.read(buffer, 0, buffer.length)
}
const get = (lines: string) => `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`

describe('request heads that are read', () => {
  it.each<[name: string, text: string, expected: object]>([
    ['a plain one', get(''), { method: 'GET', contentLength: -1, chunked: false, isOld: false }],
    ['empty lines first', `\r\n\r\n${get('')}`, { method: 'GET' }],
    ['a method of its own', 'PURGE / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'PURGE' }],
    ['a longer GET', 'GETS / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'GETS' }],
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', { isOld: true, connectionKeepAlive: false }],
    ['a newer minor version', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', { isOld: false }],
    ['a length', get('Content-Length: 0012\r\n'), { contentLength: 12 }],
    ['white space around', get('content-LENGTH: \t 12 \t\r\n'), { contentLength: 12 }],
    ['chunks', get('Transfer-Encoding: Chunked\r\n'), { chunked: true }],
    ['keep-alive', get('Connection: Keep-Alive\r\n'), { connectionKeepAlive: true, hasHopByHop: true }],
    [
      'several Connection fields',
      get('Connection: close, , x-A\r\nConnection: Upgrade\r\n'),
      { connectionClose: true, connectionUpgrade: true, nominated: ['x-a'] },
    ],
    ['an empty value', get('X-Empty:\r\n'), { count: 2 }],
    ['bytes over 127 in a value', get('X: caf\xe9\r\n'), { count: 2 }],
    ['* of OPTIONS', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'OPTIONS' }],
    ['dot segments', 'GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n', { hasDots: true }],
    ['encoded dots', 'GET /a/%2E%2e/b HTTP/1.1\r\nHost: a\r\n\r\n', { hasDots: true }],
    ['dots in the query only', 'GET /a?x=/../b HTTP/1.1\r\nHost: a\r\n\r\n', { hasDots: false }],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(text.length)
    expect(head).toMatchObject(expected)
  })

  it('takes host and path from the absolute form', () => {
    const text = 'GET http://shop.example:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n'
    const buffer = Buffer.from(text)
    expect(head.read(buffer, 0, buffer.length)).toBe(text.length)
    expect(buffer.toString('latin1', head.hostStart, head.hostEnd)).toBe('shop.example:81')
    expect(buffer.toString('latin1', head.pathStart, head.pathEnd)).toBe('/a')
  })

  it('joins fields of one name, whatever its case', () => {
    const buffer = Buffer.from(get('X-A: 1\r\nx-a: 2\r\nX-B: 3\r\n'))
    head.read(buffer, 0, buffer.length)
    expect(head.joined(buffer, 'x-a')).toBe('1,2')
    expect(head.joined(buffer, 'x-c')).toBeUndefined()
  })

  it('waits for the rest wherever a head is cut, and never reads past the end', () => {
    const text = get('Connection: close\r\nContent-Length: 3\r\nX-Long: abc def\r\n')
    const padded = Buffer.from(`${text}GARBAGE\0`, 'latin1')
    for (let end = 0; end < text.length; end++) expect([end, head.read(padded, 0, end)]).toEqual([end, 0])
    expect(head.read(padded, 0, text.length)).toBe(text.length)
  })
})

describe('request heads that are refused', () => {
  it.each<[name: string, text: string, status: number]>([
    ['length and chunks', get('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'), 400],
    ['chunks and length', get('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'), 400],
    ['two lengths that differ', get('Content-Length: 5\r\nContent-Length: 6\r\n'), 400],
    ['two lengths that agree', get('Content-Length: 5\r\nContent-Length: 5\r\n'), 400],
    ['a list of lengths', get('Content-Length: 5, 5\r\n'), 400],
    ['a signed length', get('Content-Length: +5\r\n'), 400],
    ['a negative length', get('Content-Length: -5\r\n'), 400],
    ['a hexadecimal length', get('Content-Length: 0x5\r\n'), 400],
    ['an empty length', get('Content-Length:\r\n'), 400],
    ['a length past all counting', get(`Content-Length: ${'9'.repeat(30)}\r\n`), 400],
    ['a length with a space in it', get('Content-Length: 1 2\r\n'), 400],
    ['an unknown coding', get('Transfer-Encoding: gzip, chunked\r\n'), 501],
    ['chunked said twice', get('Transfer-Encoding: chunked, chunked\r\n'), 501],
    ['two codings in two fields', get('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), 400],
    ['identity', get('Transfer-Encoding: identity\r\n'), 501],
    ['a coding in quotes', get('Transfer-Encoding: "chunked"\r\n'), 501],
    ['a vertical tab before chunked', get('Transfer-Encoding:\x0bchunked\r\n'), 400],
    ['chunks in HTTP/1.0', 'GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['a space before the colon', get('Transfer-Encoding : chunked\r\n'), 400],
    ['a tab before the colon', get('Content-Length\t: 5\r\n'), 400],
    ['folding', get('X: 1\r\n 2\r\n'), 400],
    ['folding with a tab', get('X: 1\r\n\t2\r\n'), 400],
    ['a space before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
    ['bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['a bare line feed after a field', 'GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n', 400],
    ['a bare carriage return in a value', get('X: a\rb\r\n'), 400],
    ['a bare carriage return at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\rX', 400],
    ['a zero byte in a value', get('X: a\0b\r\n'), 400],
    ['a zero byte in a name', get('X\0: a\r\n'), 400],
    ['a name of non-ASCII bytes', get('X\xe9: a\r\n'), 400],
    ['no name', get(': a\r\n'), 400],
    ['no colon', get('Host\r\n'), 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', get('Host: b\r\n'), 400],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
    ['a Host of two words', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['HTTP/2 prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['HTTP/0.9', 'GET /\r\n', 400],
    ['HTTP/3', 'GET / HTTP/3.0\r\n\r\n', 505],
    ['a lower-case version', 'GET / http/1.1\r\nHost: a\r\n\r\n', 400],
    ['two spaces', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a tab between', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['raw bytes in the target', 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a relative target', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a user in the target', 'GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['* of GET', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 501],
    ['a method without end', `${'M'.repeat(100)} / HTTP/1.1\r\n\r\n`, 501],
    ['a method of odd bytes', 'GE(T / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00', 400],
    ['1001 fields', get('A: b\r\n'.repeat(1000)), 431],
    [
      '33 names in Connection',
      get(`Connection: ${Array.from({ length: 33 }, (_, n) => `x${n}`).join()}\r\n`),
      400,
    ],
    ['a broken Connection', get('Connection: clo(se\r\n'), 400],
  ])('%s', (_, text, status) => {
    expect(read(text)).toBe(-1)
    expect(head.refusal).toMatchObject({ status })
    expect(head.refusal?.because).not.toBe('')
  })
})

describe('response heads', () => {
  const response = new ResponseHead()
  const take = (text: string) => response.read(Buffer.from(text, 'latin1'), 0, text.length)
  it.each<[text: string, result: number | 'all', expected: object]>([
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', 'all', { status: 200, contentLength: 3 }],
    ['HTTP/1.0 404\r\n\r\n', 'all', { status: 404, isOld: true }],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'all', { chunked: true }],
    ['HTTP/1.1 200', 0, {}],
    ['HTTP/1.1 200 OK\r\nA: b\r\n', 0, {}],
    ['HTTP/1.1 2x0 OK\r\n\r\n', -1, {}],
    ['HTTP/2 200 OK\r\n\r\n', -1, {}],
    ['HTTP/1.1 200 O\nK\r\n\r\n', -1, {}],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n', -1, {}],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', -1, {}],
  ])('%j', (text, result, expected) => {
    expect(take(text)).toBe(result === 'all' ? text.length : result)
    expect(response).toMatchObject(expected)
    if (result === -1) expect(response.refusal?.status).toBe(502)
  })
})

describe('chunked bodies', () => {
  it.each<[text: string, result: number | 'all', data: string]>([
    ['0\r\n\r\n', 'all', ''],
    ['3\r\nabc\r\n0\r\n\r\n', 'all', 'abc'],
    ['A;x=y;z\r\n0123456789\r\n000\r\nTrailer: 1\r\n\r\n', 'all', '0123456789'],
    ['3\r\nabc\r\n0\r\n\r\nGET', 13, 'abc'],
    ['3\r\nabcd\r\n', -1, ''],
    ['3\nabc\r\n', -1, ''],
    ['3 \r\nabc\r\n', -1, ''],
    [' 3\r\nabc\r\n', -1, ''],
    ['+3\r\nabc\r\n', -1, ''],
    ['0x3\r\nabc\r\n', -1, ''],
    ['-1\r\n', -1, ''],
    ['\r\n', -1, ''],
    [';a\r\n', -1, ''],
    ['g\r\n', -1, ''],
    ['1;a\nb\r\nx\r\n', -1, ''],
    [`1;${'a'.repeat(2000)}\r\n`, -1, ''],
    ['1000000000000\r\n', -1, ''],
    ['0\r\nA: b\n\r\n', -1, ''],
    ['0\r\n folded\r\n\r\n', -1, ''],
    [`0\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`, -1, ''],
  ])('%j', (text, result, data) => {
    const bytes = Buffer.from(text, 'latin1')
    const pieces: Buffer[] = []
    const body = new ChunkedBody()
    const expected = result === 'all' ? text.length : result
    expect(body.scan(bytes, 0, bytes.length, pieces)).toBe(expected)
    if (expected < 0) return
    expect(body.isDone).toBe(true)
    expect(Buffer.concat(pieces).toString()).toBe(data)
    // The same, a byte at a time.
    const slow = new ChunkedBody()
    for (let at = 0; at < expected; at++) {
      expect(slow.isDone).toBe(false)
      expect(slow.scan(bytes, at, at + 1)).toBe(at + 1)
    }
    expect(slow.isDone).toBe(true)
  })
})
