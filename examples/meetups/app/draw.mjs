import { createHash, createHmac } from 'node:crypto'

/**
 * A draw that everybody can check. Before: the SHA-256 of a secret seed is published. After: the seed is published, and
 * each ticket's HMAC-SHA256 under it; the lowest values win. Whoever ran it could not choose the winners once the
 * commitment was out, and whoever holds a ticket can compute its value.
 * @typedef {object} Draw
 * @property {string} commitment
 * @property {string | undefined} seed published after the evening
 * @property {readonly string[]} tickets sorted
 * @property {readonly { ticket: string, value: string }[]} winners
 */

export const PRIZES = 3

/** @param {string} secret @param {string} edition */
const seedOf = (secret, edition) => createHmac('sha256', secret).update(edition).digest('hex')

/** @param {string} seed */
export const commitmentOf = seed => createHash('sha256').update(seed).digest('hex')

/** @param {string} seed @param {string} ticket */
export const ticketValue = (seed, ticket) => createHmac('sha256', seed).update(ticket).digest('hex')

/** The tickets with the lowest values. @param {string} seed @param {readonly string[]} tickets */
export const winnersOf = (seed, tickets) =>
  tickets
    .map(ticket => ({ ticket, value: ticketValue(seed, ticket) }))
    .sort((a, b) => (a.value < b.value ? -1 : 1))
    .slice(0, PRIZES)

/**
 * @param {{ secret: string, edition: import('./editions.mjs').Edition, tickets: readonly string[] }} of
 * @returns {Draw}
 */
export function drawOf({ secret, edition, tickets }) {
  const seed = seedOf(secret, edition.id)
  const sorted = [...tickets].sort()
  return {
    commitment: commitmentOf(seed),
    seed: edition.isPast ? seed : undefined,
    tickets: sorted,
    winners: edition.isPast ? winnersOf(seed, sorted) : [],
  }
}

/** Tickets of the seats that were taken before the site went live. @param {import('./editions.mjs').Edition} edition */
export const seededTickets = ({ id, city }) =>
  Array.from({ length: city.seeded }, (_, index) =>
    createHash('sha256').update(`${id}/${index}`).digest('hex').slice(0, 10),
  )
