import { expect, it } from 'vitest'
import { subordinateRange } from './id-maps.ts'

it.each([
  ['ann:100000:65536\nbob:165536:65536\n', ['bob', '1001'], { hostID: 165_536, size: 65_536 }],
  ['1001:7:9', ['bob', '1001'], { hostID: 7, size: 9 }],
  ['ann:100000:65536', ['bob', '1001'], undefined],
  ['bob:0:65536\nbob:x:1\nbob', ['bob'], undefined],
  ['', ['bob'], undefined],
])('the range that %j gives to %j', (text, names, expected) => {
  expect(subordinateRange(text, names)).toEqual(expected)
})
