import { describe, expect, it } from 'vitest'
import { nextWindow, type Reading, usageIn } from './usage-window.ts'

const reading = (at: number, cpuMs: number, memoryBytes = 1): Reading => ({
  at,
  cpuNanoseconds: cpuMs * 1e6,
  memoryBytes,
})

describe('a window of usage', () => {
  it('has nothing to say after one reading of what has just begun', () => {
    expect(usageIn(nextWindow(undefined, reading(20_000, 500), 15_000))).toBeUndefined()
    expect(usageIn(nextWindow(undefined, reading(20_000, 500), undefined))).toBeUndefined()
  })

  it('counts from the start where that is long enough ago', () => {
    expect(usageIn(nextWindow(undefined, reading(20_000, 500), 10_000))).toEqual({
      at: 20_000,
      windowMs: 10_000,
      cpuNanocores: 50_000_000,
      memoryBytes: 1,
    })
  })

  it('is the average between the last two readings', () => {
    const first = nextWindow(undefined, reading(0, 0), undefined)
    const second = nextWindow(first, reading(15_000, 1500), undefined)
    const third = nextWindow(second, reading(30_000, 16_500, 7), undefined)
    expect(usageIn(third)).toEqual({ at: 30_000, windowMs: 15_000, cpuNanocores: 1e9, memoryBytes: 7 })
  })

  it('begins anew when the count has gone back, or the clock has', () => {
    const first = nextWindow(undefined, reading(15_000, 100), undefined)
    expect(usageIn(nextWindow(first, reading(30_000, 50), undefined))).toBeUndefined()
    expect(usageIn(nextWindow(first, reading(15_000, 150), undefined))).toBeUndefined()
  })
})
