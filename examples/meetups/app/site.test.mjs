import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSite } from './app.mjs'
import { tourAt } from './editions.mjs'
import { problemsOf } from './pages/rsvp.mjs'
import { RsvpStore } from './rsvp-store.mjs'

const now = Date.parse('2026-11-23T15:00:00Z')

/** @param {import('node:http').Server} server @returns {Promise<string>} */
const listen = server =>
  new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address())
      resolve(`http://127.0.0.1:${address.port}`)
    })
  })

describe('the site', () => {
  /** @type {ReturnType<typeof createSite>} */
  let site
  /** @type {string} */
  let base
  /** @type {{ level: string, message: string, fields?: Record<string, unknown> }[]} */
  let lines

  beforeEach(async () => {
    lines = []
    site = createSite({
      log: (level, message, fields) => void lines.push({ level, message, fields }),
      now: () => now,
    })
    base = await listen(site.server)
  })
  afterEach(() => site.server.close())

  /** @param {string} path @param {RequestInit} [init] */
  const open = (path, init) => fetch(base + path, { redirect: 'manual', ...init })

  it.each([
    ['/', 200, 'Ship it anyway'],
    ['/talks', 200, 'Livrer le jeudi soir'],
    ['/talks/canary-for-people', 200, 'Leila Marchetti'],
    ['/talks/canary-for-people/slides', 200, 'Hash, then weight'],
    ['/cities/toronto', 200, '3 of 150 seats left'],
    ['/cities/ottawa', 200, 'Thank you for coming'],
    ['/draw', 200, 'Before the evening'],
    ['/about', 200, 'None of this is real'],
    ['/cities/atlantis', 404, 'does not stop there'],
    ['/%E0%A4%A', 404, 'no page'],
    ['/talks/%00', 404, 'Nobody has given'],
    ['/healthz', 200, 'ok'],
    ['/readyz', 200, 'ready'],
  ])('%s answers %i', async (path, status, text) => {
    const response = await open(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('x-meetups-version')).toBe('1.0.0')
    expect(await response.text()).toContain(text)
  })

  it('refuses other methods, and answers HEAD without a body', async () => {
    expect((await open('/talks', { method: 'DELETE' })).status).toBe(405)
    const head = await open('/', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  /** @param {Record<string, string>} fields @param {Record<string, string>} [headers] */
  async function send(fields, headers = {}) {
    const page = await open('/cities/toronto')
    const token = /name="token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const cookie = page.headers
      .getSetCookie()
      .map(each => each.split(';')[0])
      .join('; ')
    return open('/cities/toronto/rsvp', {
      method: 'POST',
      headers: { cookie, ...headers },
      body: new URLSearchParams({ token, ...fields }),
    })
  }
  const ada = { name: 'Ada <Lovelace>', email: 'Ada@Example.org', conduct: 'yes' }

  it('takes an RSVP, shows the ticket, and gives the seat back', async () => {
    const answer = await send(ada)
    const location = answer.headers.get('location') ?? ''
    expect([answer.status, location]).toEqual([
      303,
      expect.stringMatching(/^\/cities\/toronto\/tickets\/[0-9a-f]{10}$/),
    ])
    const ticket = await open(location)
    const text = await ticket.text()
    expect(text).toContain('Ada &lt;Lovelace&gt;')
    expect((await send(ada)).headers.get('location')).toBe(location)
    expect(await (await open('/metrics')).text()).toContain('rsvps_total{city="toronto",result="going"} 1')
    const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const cookie = ticket.headers
      .getSetCookie()
      .map(each => each.split(';')[0])
      .join('; ')
    const back = await open(`${location}/cancel`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ token }),
    })
    expect(back.status).toBe(303)
    expect((await open(location)).status).toBe(404)
  })

  it('puts people on the waiting list when the room is full', async () => {
    for (const name of ['one', 'two', 'three']) await send({ ...ada, email: `${name}@example.org` })
    const late = await send({ ...ada, email: 'late@example.org' })
    const text = await (await open(late.headers.get('location') ?? '')).text()
    expect(text).toContain('Waiting list, place 1')
    expect(await (await open('/cities/toronto')).text()).toContain('Full, 1 waiting')
  })

  it('says what is wrong with a form, beside the field, and keeps what was typed', async () => {
    const answer = await send({ name: 'A', email: 'nowhere' })
    const text = await answer.text()
    expect(answer.status).toBe(422)
    expect(text).toContain('Please tell us what to call you.')
    expect(text).toContain('does not look like an email')
    expect(text).toContain('value="nowhere"')
  })

  it.each([
    ['without a token', {}, { token: 'x'.repeat(32) }, 403],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, {}, 403],
    ['from another origin', { origin: 'https://evil.example' }, {}, 403],
  ])('refuses a form %s', async (_name, headers, fields, status) => {
    expect((await send({ ...ada, ...fields }, headers)).status).toBe(status)
  })

  it('refuses forms that are too long or of another type', async () => {
    expect((await send({ ...ada, name: 'x'.repeat(9000) })).status).toBe(413)
    const json = await open('/cities/toronto/rsvp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(json.status).toBe(415)
  })

  it('measures by route, and logs one line a request', async () => {
    await open('/talks/canary-for-people')
    await open('/talks/the-quiet-pager')
    const text = await (await open('/metrics')).text()
    expect(text).toContain('http_requests_total{route="/talks/:talk",code="200"} 2')
    expect(text).toContain('http_request_duration_seconds_count{route="/talks/:talk"} 2')
    expect(text).toContain('meetups_build_info{version="1.0.0"} 1')
    expect(lines.filter(line => line.message === 'request')).toHaveLength(2)
  })

  it('asks for no more visitors while it drains, and keeps serving', async () => {
    site.drain()
    expect((await open('/readyz')).status).toBe(503)
    expect((await open('/')).status).toBe(200)
  })
})

describe('RSVPs in a folder', () => {
  /** @type {string} */
  let dataDir
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'meetups-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))
  const store = () => new RsvpStore({ dataDir, now: () => now })

  it('survive a restart', async () => {
    const seat = await store().add('toronto', { name: 'Ada', email: 'ada@example.org' }, 3)
    expect(store().find('toronto', seat.rsvp.ticket, 3)).toMatchObject({ state: 'going', place: 1 })
  })

  it('are not lost when two processes write at once', async () => {
    const [one, two] = [store(), store()]
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? one : two).add('toronto', { name: 'N', email: `n${index}@example.org` }, 3),
      ),
    )
    expect(one.list('toronto')).toHaveLength(20)
    expect(two.list('toronto')).toEqual(one.list('toronto'))
  })

  it('move up when a seat is given back', async () => {
    const list = store()
    const first = await list.add('toronto', { name: 'A', email: 'a@example.org' }, 1)
    const second = await list.add('toronto', { name: 'B', email: 'b@example.org' }, 1)
    expect(second).toMatchObject({ state: 'waiting', place: 1 })
    await list.cancel('toronto', first.rsvp.ticket)
    expect(list.find('toronto', second.rsvp.ticket, 1)).toMatchObject({ state: 'going', place: 1 })
  })
})

it.each([
  [{ name: 'Ada', email: 'ada@example.org', conduct: 'yes' }, []],
  [{ name: 'A'.repeat(81), email: 'ada@example.org', conduct: 'yes' }, ['name']],
  [{ name: 'Ada\nB', email: 'ada@example.org', conduct: 'yes' }, ['name']],
  [{ name: 'Ada', email: 'ada@example', conduct: 'yes' }, ['email']],
  [{ name: 'Ada', email: 'a b@example.org', conduct: null }, ['email', 'conduct']],
])('checks %o', (filled, fields) => {
  expect(Object.keys(problemsOf(filled))).toEqual(fields)
})

describe('the tour', () => {
  it('stops once in every city, on third Thursdays at six, two behind and three ahead', () => {
    const tour = tourAt(now)
    expect(tour.map(({ id, isPast }) => [id, isPast])).toEqual([
      ['quebec-2026-10', true],
      ['ottawa-2026-11', true],
      ['toronto-2026-12', false],
      ['kitchener-waterloo-2027-01', false],
      ['montreal-2027-02', false],
    ])
    expect(new Date(tour[0]?.startsAt ?? 0).toISOString()).toBe('2026-10-15T22:00:00.000Z')
    expect(new Date(tour[2]?.startsAt ?? 0).toISOString()).toBe('2026-12-17T23:00:00.000Z')
  })

  it('always has a next stop', () => {
    for (let month = 0; month < 24; month++) {
      const tour = tourAt(Date.UTC(2026, month, 20, 12))
      expect(new Set(tour.map(({ city }) => city.id)).size).toBe(5)
      expect(tour.filter(({ isPast }) => isPast)).toHaveLength(2)
    }
  })
})
