import { expect, it } from 'vitest'
import { countIndexes } from './index-ranges.ts'

it.each<[string, ReturnType<typeof countIndexes>]>([
  ['', { count: 0 }],
  ['0', { count: 1 }],
  ['1,3-5,7', { count: 5 }],
  ['8', { problem: 'too large index: "8"' }],
  ['1-8', { problem: 'too large index: "8"' }],
  ['a', { problem: 'cannot convert string to integer for index: "a"' }],
  ['1-', { problem: 'cannot convert string to integer for index: ""' }],
  ['3,3', { problem: 'non-increasing order, previous: 3, current: 3' }],
  ['5-4', { problem: 'non-increasing order, previous: 5, current: 4' }],
  [
    '1-2-3',
    {
      problem: `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    },
  ],
])('countIndexes(%j, 8)', (text, expected) => {
  expect(countIndexes(text, 8)).toEqual(expected)
})
