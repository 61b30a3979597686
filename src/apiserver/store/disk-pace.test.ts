import { expect, it } from 'vitest'
import { DiskPace } from './disk-pace.ts'

const after = (...durations: number[]): boolean => {
  const pace = new DiskPace()
  for (const ms of durations) pace.note(ms)
  return pace.isQuick
}
const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms)

it.each([
  ['nothing is known', false, []],
  ['few writes were quick', false, times(9, 0.1)],
  ['enough were', true, times(11, 0.1)],
  ['the clock is a virtual one', false, times(100, 0)],
  ['one of many is slow', true, [...times(100, 0.1), 3]],
  ['every tenth is slow', false, Array.from({ length: 50 }, (_, index) => (index % 10 === 9 ? 2 : 0.1))],
  ['it stood still for long', false, [...times(100, 0.1), 100, ...times(900, 0.1)]],
  ['that was a while ago', true, [...times(100, 0.1), 10_000, ...times(1020, 0.1)]],
] as [string, boolean, number[]][])('%s: %s', (_, isQuick, durations) => {
  expect(after(...durations)).toBe(isQuick)
})
