import { talks } from './data/talks.mjs'

/** @param {import('./data/talks.mjs').Talk} talk */
const textOf = talk =>
  [talk.title, talk.abstract, ...talk.topics, ...talk.slides.flatMap(slide => [slide.title, ...slide.points])]
    .join(' ')
    .toLowerCase()

/** How many letters have to change to turn one text into the other. @param {string} a @param {string} b */
function distance(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++)
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1),
        ),
      )
    previous = current
  }
  return previous[b.length] ?? 0
}

/** How alike any two talks are, from 0 to 1. Always fresh: the programme may have changed since the last page. */
function similarities() {
  const texts = talks.map(textOf)
  /** @type {number[][]} */
  const matrix = texts.map(() => [])
  texts.forEach((one, row) => {
    texts.slice(0, row).forEach((other, column) => {
      const likeness = 1 - distance(one, other) / Math.max(one.length, other.length)
      matrix[row]?.splice(column, 1, likeness)
      const mirrored = matrix[column]
      if (mirrored) mirrored[row] = likeness
    })
  })
  return matrix
}

/** The talks that are most like the given ones. @param {readonly import('./data/talks.mjs').Talk[]} liked @param {number} count */
export function recommend(liked, count) {
  const matrix = similarities()
  const score = (/** @type {number} */ index) =>
    liked.reduce((sum, talk) => sum + (matrix[talks.indexOf(talk)]?.[index] ?? 0), 0)
  return talks
    .map((talk, index) => ({ talk, score: score(index) }))
    .filter(({ talk }) => !liked.includes(talk))
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ talk }) => talk)
}
