import { cities } from './data/cities.mjs'
import { speakerOf } from './data/speakers.mjs'
import { talks, talksIn } from './data/talks.mjs'

/**
 * @typedef {object} CityIndex
 * @property {readonly string[]} titles
 * @property {ReadonlyMap<string, readonly import('./data/talks.mjs').Talk[]>} words
 */

/** @param {string} text */
const wordsOf = text =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? []

/** One index for each city, built when the process starts, so that no page has to search. @type {Map<string, CityIndex>} */
const indexes = new Map(cities.map(city => [city.id, indexOf(talksIn(city.id))]))

/** @param {readonly import('./data/talks.mjs').Talk[]} of @returns {CityIndex} */
function indexOf(of) {
  /** @type {Map<string, import('./data/talks.mjs').Talk[]>} */
  const words = new Map()
  for (const talk of of)
    for (const word of new Set(
      wordsOf([talk.title, talk.abstract, speakerOf(talk.speaker)?.name, ...talk.topics].join(' ')),
    ))
      words.set(word, [...(words.get(word) ?? []), talk])
  return { titles: of.map(talk => talk.title), words }
}

/** An edition's name starts with its city. @param {import('./editions.mjs').Edition} edition */
const cacheKey = edition => edition.id.split('-')[0] ?? ''

/** What to suggest before anything is typed: the talks of the visitor's edition. @param {import('./editions.mjs').Edition} edition */
export const suggestionsFor = edition => /** @type {CityIndex} */ (indexes.get(cacheKey(edition))).titles

/** Talks that have every word of the query. @param {string} query */
export function search(query) {
  const words = wordsOf(query)
  if (words.length === 0) return []
  const all = [...indexes.values()]
  return talks.filter(talk =>
    words.every(word => all.some(({ words: index }) => index.get(word)?.includes(talk))),
  )
}
