import { expect, it } from 'vitest'
import { WorkInProgress } from './work-in-progress.ts'

it('tells of each end, and when all have ended', async () => {
  const work = new WorkInProgress()
  const ends: (() => void)[] = []
  for (let piece = 0; piece < 3; piece++) work.add(new Promise(resolve => ends.push(resolve)))
  const seen: string[] = []
  const settled = work.settled().then(() => seen.push('settled'))
  const [one, same] = [work.ended(), work.ended()]
  expect(work.size).toBe(3)
  ends[1]?.()
  await Promise.all([one, same])
  expect([work.size, seen]).toEqual([2, []])
  const another = work.ended()
  ends[0]?.()
  await another
  ends[2]?.()
  await settled
  expect(work.size).toBe(0)
  await work.ended()
})
