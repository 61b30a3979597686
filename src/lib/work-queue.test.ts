import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../kernel/clock.ts'
import { retryDelayMs, WorkQueue } from './work-queue.ts'

describe('WorkQueue', () => {
  it('holds a key once and gives keys out in order', () => {
    const queue = new WorkQueue(new VirtualClock())
    for (const key of ['a', 'b', 'a']) queue.add(key)
    expect([queue.take(), queue.take(), queue.take()]).toEqual(['a', 'b', undefined])
  })

  it('never gives out a key that is being worked on, and gives it again afterwards', () => {
    const queue = new WorkQueue(new VirtualClock())
    queue.add('a')
    expect(queue.take()).toBe('a')
    queue.add('a')
    expect(queue.take()).toBeUndefined()
    queue.done('a', 'ok')
    expect(queue.take()).toBe('a')
    queue.done('a', 'ok')
    expect(queue.take()).toBeUndefined()
  })

  it('backs off exponentially and forgets failures after a success', async () => {
    const clock = new VirtualClock()
    const queue = new WorkQueue(clock)
    queue.add('a')
    for (const delay of [50, 100, 200]) {
      expect(queue.take()).toBe('a')
      queue.done('a', 'retry')
      await clock.advance(delay - 1)
      expect(queue.take()).toBeUndefined()
      await clock.advance(1)
    }
    expect(queue.take()).toBe('a')
    queue.done('a', 'ok')
    queue.add('a')
    expect(queue.take()).toBe('a')
    queue.done('a', 'retry')
    await clock.advance(50)
    expect(queue.take()).toBe('a')
  })

  it('keeps the earliest of several delays', async () => {
    const clock = new VirtualClock()
    const queue = new WorkQueue(clock)
    queue.addAfter('a', 1000)
    queue.addAfter('a', 300)
    queue.addAfter('a', 600)
    await clock.advance(300)
    expect(queue.take()).toBe('a')
    queue.done('a', 'ok')
    await clock.advance(1000)
    expect(queue.take()).toBeUndefined()
  })

  it('limits the delay to one minute', () => {
    expect([1, 2, 11, 12, 1000].map(retryDelayMs)).toEqual([50, 100, 51_200, 60_000, 60_000])
  })
})
