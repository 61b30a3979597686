import { includes } from './character-set.ts'
import { WORD } from './named-classes.ts'
import type { Assertion } from './syntax.ts'

/** What stands on one side of a place in the text, as far as assertions ask. */
export const Beside = { other: 0, edge: 1, newline: 2, word: 3 } as const
export type Beside = (typeof Beside)[keyof typeof Beside]

const ASCII_WORD = Array.from({ length: 128 }, (_, code) => includes(WORD, code))

/** For a code point, or undefined at an edge of the text. */
export function besideOf(code: number | undefined): Beside {
  if (code === undefined) return Beside.edge
  if (code === 10) return Beside.newline
  return code < 128 && ASCII_WORD[code] ? Beside.word : Beside.other
}

export function holds(kind: Assertion, before: Beside, after: Beside): boolean {
  switch (kind) {
    case 'start':
      return before === Beside.edge
    case 'end':
      return after === Beside.edge
    case 'lineStart':
      return before === Beside.edge || before === Beside.newline
    case 'lineEnd':
      return after === Beside.edge || after === Beside.newline
    case 'word':
      return (before === Beside.word) !== (after === Beside.word)
    case 'notWord':
      return (before === Beside.word) === (after === Beside.word)
  }
}
