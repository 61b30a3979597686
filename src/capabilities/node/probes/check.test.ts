import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../../../kernel/clock.ts'
import { checkHttp } from './check.ts'

let server: Server
let asked: string | undefined
beforeEach(async () => {
  server = createServer((request, response) => {
    asked = request.url
    if (asked !== '/silent') response.end('fine')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.closeAllConnections()
  return new Promise<void>(resolve => void server.close(() => resolve()))
})

const input = () => ({
  container: { name: 'app' },
  address: '127.0.0.1',
  timeoutMs: 30_000,
  clock: new RealClock(),
})
const port = () => (server.address() as AddressInfo).port

it('asks for a path that a request line cannot hold in its escaped form', async () => {
  expect(await checkHttp({ port: port(), path: '/is it/größe?a=b%20c' }, input())).toEqual({ ok: true })
  expect(asked).toBe('/is%20it/gr%C3%B6%C3%9Fe?a=b%20c')
})

it('fails with a header that cannot be written, and does not throw', async () => {
  const headers = [{ name: 'X-Odd', value: 'two\nlines' }]
  const result = await checkHttp({ port: port(), httpHeaders: headers }, input())
  expect(result).toEqual({ ok: false, message: expect.stringMatching(/Invalid character in header content/) })
})

it('ends when it is not wanted any more', async () => {
  const signal = AbortSignal.timeout(200)
  const result = await checkHttp({ port: port(), path: '/silent' }, { ...input(), signal })
  expect(result).toEqual({ ok: false, message: expect.stringMatching(/context canceled$/) })
})
