import { describe, expect, it } from 'vitest'
import { VirtualClock } from './clock.ts'

describe('VirtualClock', () => {
  it('fires what is due in order, each at its own instant', async () => {
    const clock = new VirtualClock(1000)
    const seen: string[] = []
    clock.after(30, () => seen.push(`c@${clock.now()}`))
    clock.after(10, () => {
      seen.push(`a@${clock.now()}`)
      clock.after(5, () => seen.push(`b@${clock.now()}`))
    })
    await clock.advance(20)
    expect(seen).toEqual(['a@1010', 'b@1015'])
    expect(clock.now()).toBe(1020)
    await clock.advance(10)
    expect(seen).toEqual(['a@1010', 'b@1015', 'c@1030'])
  })

  it('repeats until disposed', async () => {
    const clock = new VirtualClock(0)
    const seen: number[] = []
    const timer = clock.every(10, () => seen.push(clock.now()))
    await clock.advance(35)
    timer[Symbol.dispose]()
    await clock.advance(35)
    expect(seen).toEqual([10, 20, 30])
  })

  it('rejects a sleep with the reason of the abort', async () => {
    const clock = new VirtualClock()
    const stop = new AbortController()
    const sleeping = clock.sleep(1000, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(sleeping).rejects.toThrow('stopped')
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('stopped')
  })
})
