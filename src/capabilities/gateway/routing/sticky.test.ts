import { describe, expect, it } from 'vitest'
import { RequestHead } from '../http/request-head.ts'
import { testChoice, testRule } from '../proxy/testing.ts'
import { choose, newSession } from './choose.ts'
import { boundsOf, sliceAt } from './rule.ts'
import { cookieValue, pointOf, SessionIds, sessionIdOf, sessionValue } from './sticky.ts'

const ids = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index))
const sessions = new SessionIds()

describe('points', () => {
  it.each<[name: string, make: (index: number) => string]>([
    ['random session ids', () => sessions.next()],
    ['user-1, user-2 …', index => `user-${index}`],
    ['numbers', index => String(index)],
    ['mail addresses', index => `person${index}@example.org`],
    ['ids that differ at the front', index => `${index}-aaaaaaaaaaaaaaaaaaaaaaaa`],
  ])('of 10,000 %s follow every weight within 1.5 %%', (_, make) => {
    const points = ids(10_000, make).map(pointOf)
    for (let weight = 1; weight < 100; weight++) {
      const share =
        points.filter(point => sliceAt(boundsOf([100 - weight, weight]), point) === 1).length / 100
      expect(Math.abs(share - weight)).toBeLessThan(1.5)
    }
  })

  it('are the same for the same identity, and in [0, 1)', () => {
    for (const id of ['', 'a', 'ä', 'x'.repeat(5000)]) {
      expect(pointOf(id)).toBe(pointOf(id))
      expect(pointOf(id)).toBeGreaterThanOrEqual(0)
      expect(pointOf(id)).toBeLessThan(1)
    }
    expect(new Set(ids(10_000, index => `user-${index}`).map(pointOf)).size).toBe(10_000)
  })
})

describe('slices', () => {
  it('let nobody go back while the last weight grows', () => {
    for (const id of ids(2000, index => `user-${index}`)) {
      let wasCanary = false
      for (let weight = 0; weight <= 100; weight++) {
        const isCanary = sliceAt(boundsOf([100 - weight, weight]), pointOf(id)) === 1
        expect(wasCanary && !isCanary).toBe(false)
        wasCanary = isCanary
      }
      expect(wasCanary).toBe(true)
    }
  })

  it.each<[weights: number[], point: number, index: number]>([
    [[100, 0], 0.999999, 0],
    [[0, 100], 0, 1],
    [[1, 1], 0.5, 1],
    [[1, 1], 0.4999, 0],
    [[2, 3, 5], 0.2, 1],
    [[2, 3, 5], 0.5, 2],
    [[0, 0], 0.3, -1],
    [[7], 0.99, 0],
  ])('of %j hold %d in %d', (weights, point, index) => {
    expect(sliceAt(boundsOf(weights), point)).toBe(index)
  })
})

describe('cookies', () => {
  it.each<[field: string, value: string | undefined]>([
    ['s=1', '1'],
    ['a=b; s=1', '1'],
    ['a=b;s=1;c=d', '1'],
    ['as=2; s=1', '1'],
    ['sa=2; s=1', '1'],
    ['a=s; b=s=1', undefined],
    ['s', undefined],
    ['', undefined],
    ['s=', ''],
  ])('of %j: %j', (field, value) => {
    expect(cookieValue(field, 's')).toBe(value)
  })

  it('are only believed when the gateway made them, and within their time', () => {
    const id = sessions.next()
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(sessionIdOf(id, 0, 0)).toBe(id)
    for (const other of [undefined, '', 'x', id.toUpperCase(), `${id}0`, `${id}.zz`])
      expect(sessionIdOf(other, 0, 0)).toBeUndefined()
    const value = sessionValue(id, 60_000, 1_000_000)
    expect(sessionIdOf(value, 60_000, 1_059_000)).toBe(id)
    expect(sessionIdOf(value, 60_000, 1_061_000)).toBeUndefined()
    expect(sessionIdOf(id, 60_000, 0)).toBeUndefined()
  })
})

describe('a choice', () => {
  const [stable, canary] = [testChoice(undefined), testChoice(undefined)]
  const head = new RequestHead()
  const chance = { sessionIds: sessions, random: () => 0.95, clock: { now: () => 0 } }
  const cookie = {
    kind: 'cookie',
    name: 'drave-session',
    attributes: '; Path=/; HttpOnly; SameSite=Lax',
    absoluteTimeoutMs: 0,
  } as const
  const ask = (lines: string, rule: ReturnType<typeof testRule>) => {
    const buffer = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)
    head.read(buffer, 0, buffer.length)
    return choose(rule, head, buffer, chance)
  }

  it('gives a new caller a cookie, whose holder then stays', () => {
    const rule = testRule({ choices: [stable, canary], sticky: cookie }, [50, 50])
    for (let turn = 0; turn < 50; turn++) {
      const first = ask('', rule)
      const [, value] =
        /^Set-Cookie: drave-session=([0-9a-f]{32}); Path=\/; HttpOnly; SameSite=Lax\r\n$/.exec(
          newSession.line,
        )!
      expect(ask(`Cookie: a=b; drave-session=${value}\r\n`, rule)).toBe(first)
      expect(newSession.line).toBe('')
    }
  })

  it('replaces a cookie that is not its own', () => {
    ask('Cookie: drave-session=forged\r\n', testRule({ choices: [stable, canary], sticky: cookie }, [50, 50]))
    expect(newSession.line).toMatch(/^Set-Cookie/)
  })

  it('knows a caller by a header, and draws for one without', () => {
    const rule = testRule({ choices: [stable, canary], sticky: { kind: 'header', name: 'x-user' } }, [90, 10])
    const first = ask('X-User: ann\r\n', rule)
    for (let turn = 0; turn < 10; turn++) expect(ask('x-user: ann\r\n', rule)).toBe(first)
    expect(ask('', rule)).toBe(canary)
    expect(newSession.line).toBe('')
  })

  it('draws without stickiness, and needs none for one backend', () => {
    expect(ask('', testRule({ choices: [stable, canary] }, [90, 10]))).toBe(canary)
    expect(ask('', testRule({ choices: [stable], sticky: cookie }))).toBe(stable)
    expect(newSession.line).toBe('')
  })
})
