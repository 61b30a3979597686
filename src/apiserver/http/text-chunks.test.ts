import { expect, it } from 'vitest'
import { textChunks } from './text-chunks.ts'

const large = 'x'.repeat(700_000)

it.each([
  { pieces: [] },
  { pieces: ['', 'a', '', 'b'] },
  { pieces: ['a', large, 'b'] },
  { pieces: ['é', '\u{1f600}'.repeat(90_000), large, 'ü'] },
  { pieces: Array.from({ length: 3000 }, (_, index) => `${index} ${'é'.repeat(300)}`) },
])('chunks hold all of the text in order', ({ pieces }) => {
  const chunks = [...textChunks(pieces)]
  expect(Buffer.concat(chunks).toString() === pieces.join('')).toBe(true)
  expect(chunks.every(chunk => chunk.length > 0)).toBe(true)
})
