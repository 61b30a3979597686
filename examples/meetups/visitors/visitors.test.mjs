import { Agent, createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Tally } from './tally.mjs'
import { targetOf } from './target.mjs'
import { Visitor } from './visitor.mjs'

describe('visitors', () => {
  /** @type {import('node:http').Server} */
  let server
  /** @type {{ url: string | undefined, cookie: string | undefined }[]} */
  let seen
  const agent = new Agent({ keepAlive: false })
  const by = { now: () => 0, random: () => 0.5 }

  beforeEach(async () => {
    seen = []
    server = createServer((request, response) => {
      seen.push({ url: request.url, cookie: request.headers.cookie })
      response.setHeader('set-cookie', ['home=quebec; Path=/', 'session=42; HttpOnly'])
      response.setHeader('x-meetups-version', '1.0.0')
      response.end('ok')
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  })
  afterEach(() => server.close())
  const base = () =>
    new URL(`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`)

  it('go to their city first, and keep their cookies', async () => {
    const visitor = new Visitor({ number: 1, base: base(), agent })
    expect(await visitor.visit(by)).toEqual({ status: 200, version: '1.0.0', ms: 0 })
    await visitor.visit(by)
    expect(seen[0]).toEqual({ url: '/cities/quebec', cookie: '' })
    expect(seen[1]?.cookie).toBe('home=quebec; session=42')
  })

  it('report a site that is down, and come back', async () => {
    const visitor = new Visitor({ number: 0, base: new URL('http://127.0.0.1:1'), agent })
    expect(await visitor.visit(by)).toMatchObject({ status: 0, version: 'none' })
  })
})

it('counts by version', () => {
  const tally = new Tally()
  for (let ms = 1; ms <= 100; ms++) tally.add({ status: ms > 90 ? 500 : 200, version: '1.2.0', ms })
  tally.add({ status: 0, version: 'none', ms: 5 })
  expect(tally.take()).toEqual({
    '1.2.0': { requests: 100, errors: 10, p95Ms: 96 },
    none: { requests: 1, errors: 1, p95Ms: 5 },
  })
  expect(tally.take()).toEqual({})
})

describe('the target', () => {
  it('is the gateway Service of the environment, or what is said', () => {
    const env = {
      GATEWAY_SERVICE: 'meetups-drave',
      MEETUPS_DRAVE_SERVICE_HOST: '127.128.0.9',
      MEETUPS_DRAVE_SERVICE_PORT: '8000',
    }
    expect(targetOf(env).href).toBe('http://127.128.0.9:8000/')
    expect(targetOf({ TARGET_URL: 'http://127.0.0.1:9' }).href).toBe('http://127.0.0.1:9/')
    expect(() => targetOf({})).toThrow('Service meetups-drave was not there')
  })
})
