import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import type { ClusterAccess, Proof } from './cluster-access.ts'
import { HttpTransport } from './http-transport.ts'
import { retryAfterMs } from './retry-after.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void
const seen: IncomingMessage[] = []
const server = createServer((request, response) => {
  seen.push(request)
  answer(request, response)
})
let base: string
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function transport(access: Partial<ClusterAccess> = {}) {
  seen.length = 0
  const clock = new VirtualClock()
  return { clock, http: new HttpTransport({ server: base, namespace: 'default', ...access }, 'test', clock) }
}
const call = { method: 'GET', path: '/x' }

describe('requests to an API server', () => {
  it('bring a new proof once when one is refused', async () => {
    const refused: Proof[] = []
    let number = 0
    const credentials = {
      current: async () => ({ token: String(number) }),
      refused(proof: Proof) {
        refused.push(proof)
        number++
      },
    }
    answer = (request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer 1' ? 200 : 401
      response.end('{}')
    }
    const { http } = transport({ credentials })
    expect(await http.json(call)).toEqual({})
    expect(refused).toEqual([{ token: '0' }])
    number = 5
    await expect(http.json(call)).rejects.toThrow('HTTP 401')
    expect(refused).toHaveLength(2)
  })

  it('are sent again when the server says when, and not without end', async () => {
    answer = (_, response) => {
      response.writeHead(429, { 'retry-after': '1' })
      response.end('{}')
    }
    const { http, clock } = transport()
    const failed = expect(http.json(call)).rejects.toThrow('HTTP 429')
    for (let count = 1; count <= 11; count++) {
      await until(`request ${count}`, () => seen.length === count)
      // The answer has to arrive before the clock may go on.
      await until(`request ${count} answered`, async () => {
        await clock.advance(1_000)
        return seen.length > count || count === 11
      })
    }
    await failed
    expect(seen).toHaveLength(11)
  })

  it('say as whom they are meant', async () => {
    answer = (_, response) => response.end('{}')
    const impersonate = { user: 'jane', groups: ['a', 'b'], extra: { 'x/y': ['1'] } }
    const { http } = transport({ token: 't', impersonate })
    await http.json(call)
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-group': 'a, b',
      'impersonate-extra-x%2fy': '1',
    })
  })

  it('are given up when the connection stays silent', async () => {
    answer = () => {}
    const { http } = transport()
    await expect(http.json({ ...call, silenceMs: 50 })).rejects.toThrow('silent for 50 ms')
  })
})

describe('Retry-After', () => {
  it.each([
    [429, '2', 2000],
    [503, '0', 0],
    [503, undefined, undefined],
    [404, '2', undefined],
    [429, 'Wed, 21 Oct 2015 07:28:00 GMT', undefined],
  ])('%s with %s', (code, header, expected) => {
    expect(retryAfterMs(code, header)).toBe(expected)
  })
})
