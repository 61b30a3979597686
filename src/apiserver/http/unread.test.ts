import { expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { readSoon } from './unread.ts'

it('waits for a client that reads, and cuts off one that does not', async () => {
  const clock = new VirtualClock()
  const hit: string[] = []
  const core = { clock, hooks: { limitHit: (name: string) => void hit.push(name) } }
  let release = () => {}
  const gone = new Promise<void>(resolve => {
    release = resolve
  })
  await readSoon(core, { drained: async () => {}, cut: release }, 'answer_unread')
  await clock.advance(61_000)
  expect(hit).toEqual([])
  const waiting = readSoon(core, { drained: () => gone, cut: release }, 'answer_unread')
  await clock.advance(61_000)
  await waiting
  expect(hit).toEqual(['answer_unread'])
})
