import { describe, expect, it } from 'vitest'
import { type BackOff, inWords, nextBackOff, retryAt } from './back-off.ts'

describe('back-off', () => {
  it('restarts at once first, then after 10 s doubling to 5 min', () => {
    let backOff: BackOff | undefined
    let now = 0
    const waits: number[] = []
    for (let failure = 0; failure < 8; failure++) {
      const at = retryAt(backOff, now)
      waits.push((at - now) / 1000)
      backOff = nextBackOff(backOff, now, at)
      now = at + 100
    }
    expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  })

  it('starts over after ten minutes without a failure', () => {
    const backOff = { delayMs: 160_000, since: 0 }
    expect(retryAt(backOff, 600_000)).toBe(760_000)
    expect(retryAt(backOff, 600_001)).toBe(600_001)
    expect(nextBackOff(backOff, 600_001, 600_001)).toEqual({ delayMs: 10_000, since: 600_001 })
  })

  it.each([
    [10_000, '10s'],
    [160_000, '2m40s'],
    [300_000, '5m0s'],
  ])('prints %i ms as %s', (ms, text) => expect(inWords(ms)).toBe(text))
})
