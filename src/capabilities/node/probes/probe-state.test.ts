import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealClock, VirtualClock } from '../../../kernel/clock.ts'
import { until } from '../../../kernel/until.ts'
import { checkHttp, checkTcp } from './check.ts'
import { type CheckResult, countResult, initialProbeState } from './probe-state.ts'
import { runProbe } from './probe-worker.ts'

describe('the verdict of a probe', () => {
  it.each([
    ['one success is enough', {}, '+', '+'],
    ['three failures are needed', {}, '+--', '+++'],
    ['then it fails', {}, '+---', '+++-'],
    ['a success in between starts over', {}, '+--+--', '++++++'],
    ['until anything is known', {}, '--', '??'],
    ['successThreshold', { successThreshold: 2 }, '---+-++', '??----+'],
    ['failureThreshold', { failureThreshold: 1 }, '+-+', '+-+'],
  ])('%s', (_, probe, results, verdicts) => {
    let state = initialProbeState
    let seen = ''
    for (const result of results) {
      state = countResult(state, probe, result === '+')
      seen += state.verdict === undefined ? '?' : state.verdict ? '+' : '-'
    }
    expect(seen).toBe(verdicts)
  })
})

describe('a running probe', () => {
  const run = (
    type: 'startup' | 'readiness' | 'liveness',
    probe: object,
    results: (at: number) => boolean,
  ) => {
    const clock = new VirtualClock(0)
    const log: string[] = []
    const stop = new AbortController()
    const ended = runProbe(
      {
        type,
        probe,
        clock,
        check: async (): Promise<CheckResult> =>
          results(clock.now()) ? { ok: true } : { ok: false, message: 'no' },
        verdict: ok => log.push(`${clock.now()} ${ok ? 'passes' : 'fails'}`),
        failed: () => log.push(`${clock.now()} failed`),
      },
      stop.signal,
    )
    return { clock, log, stop, ended }
  }

  it('of readiness sees success early, and counts failures once a period', async () => {
    const { clock, log, stop, ended } = run(
      'readiness',
      { periodSeconds: 10 },
      at => at >= 250 && at < 15_000,
    )
    await clock.advance(45_000)
    expect(log).toEqual(['300 passes', '20300 failed', '30300 failed', '40300 failed', '40300 fails'])
    stop.abort()
    await ended
  })

  it('of liveness waits for its initial delay, and counts each look', async () => {
    const probe = { periodSeconds: 5, initialDelaySeconds: 20, failureThreshold: 2 }
    const { clock, log, stop } = run('liveness', probe, () => false)
    await clock.advance(26_000)
    expect(log).toEqual(['20000 failed', '25000 failed', '25000 fails'])
    stop.abort()
  })

  it('of startup ends with its first verdict', async () => {
    const { clock, log, ended } = run('startup', { periodSeconds: 1 }, at => at > 1500)
    await clock.advance(10_000)
    await ended
    expect(log.at(-1)).toMatch(/ passes$/)
    expect(log.filter(line => line.endsWith('passes'))).toHaveLength(1)
  })
})

describe('checks', () => {
  const server = createServer((request, response) => {
    if (request.url === '/slow') return
    response.statusCode = Number(request.url?.slice(1)) || 200
    response.end(request.headers['x-probe'])
  })
  let port = 0
  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as { port: number }).port
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const input = () => ({
    container: { name: 'a', ports: [{ name: 'web', containerPort: port }] },
    address: '127.0.0.1',
    timeoutMs: 1000,
    clock: new RealClock(),
  })

  it.each([
    ['/', { ok: true }],
    ['/302', { ok: true }],
    ['/404', { ok: false, message: 'HTTP probe failed with statuscode: 404' }],
    ['/503', { ok: false, message: 'HTTP probe failed with statuscode: 503' }],
  ])('HTTP %s', async (path, expected) => {
    expect(await checkHttp({ path, port: 'web' }, input())).toEqual(expected)
  })

  it('say what went wrong below HTTP', async () => {
    expect(await checkHttp({ port: 1 }, input())).toEqual({
      ok: false,
      message: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    })
    expect(await checkHttp({ port: 'none' }, input())).toMatchObject({
      message: 'port "none" is not the name of one of the container\'s ports',
    })
    const clock = new VirtualClock()
    let slow: CheckResult | undefined
    void checkHttp({ path: '/slow', port }, { ...input(), clock }).then(result => {
      slow = result
    })
    await until('the timeout', async () => {
      await clock.advance(500)
      return slow
    })
    expect(slow).toMatchObject({ message: expect.stringContaining('context deadline exceeded') })
    expect(await checkTcp({ port }, input())).toEqual({ ok: true })
    expect(await checkTcp({ port: 1 }, input())).toMatchObject({
      message: 'dial tcp 127.0.0.1:1: connect: connection refused',
    })
  })
})
