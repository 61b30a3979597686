import { cities, cityOf } from './data/cities.mjs'
import { instantOf, monthOf } from './zone.mjs'

/**
 * @typedef {object} Edition
 * @property {string} id city and month, for instance `toronto-2026-12`
 * @property {import('./data/cities.mjs').City} city
 * @property {number} doorsAt
 * @property {number} startsAt
 * @property {number} endsAt
 * @property {boolean} isPast
 */

const HOUR = 3_600_000

/**
 * The editions around an instant: one stop a month on its third Thursday, two behind us and three ahead, each city once.
 * @param {number} now @returns {readonly Edition[]}
 */
export function tourAt(now) {
  const { year, month } = monthOf(now)
  const current = year * 12 + (month - 1)
  const isOver = editionOfMonth(current, now).isPast
  const first = current - 2 + (isOver ? 1 : 0)
  return cities.map((_, index) => editionOfMonth(first + index, now))
}

/** @param {number} months since year 0 @param {number} now @returns {Edition} */
function editionOfMonth(months, now) {
  const year = Math.floor(months / 12)
  const month = (months % 12) + 1
  const city = /** @type {import('./data/cities.mjs').City} */ (cities[months % cities.length])
  const startsAt = instantOf(year, month, thirdThursday(year, month), 18, 0)
  const endsAt = startsAt + 3 * HOUR
  const id = `${city.id}-${year}-${String(month).padStart(2, '0')}`
  return { id, city, doorsAt: startsAt - HOUR / 2, startsAt, endsAt, isPast: now >= endsAt }
}

/** @param {number} year @param {number} month from 1 */
function thirdThursday(year, month) {
  const weekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  return 1 + ((4 - weekday + 7) % 7) + 14
}

/** The next stop. @param {readonly Edition[]} tour */
export const nextOf = tour => tour.find(edition => !edition.isPast)

/** The edition of a city. @param {readonly Edition[]} tour @param {string | undefined} city */
export const editionIn = (tour, city) => tour.find(edition => edition.city === cityOf(city))

/** @param {readonly Edition[]} tour @param {string | undefined} id */
export const editionOf = (tour, id) => tour.find(edition => edition.id === id)
