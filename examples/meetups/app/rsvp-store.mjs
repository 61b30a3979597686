import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * @typedef {object} Rsvp
 * @property {string} ticket public number, drawn from later
 * @property {string} name
 * @property {string} email
 * @property {number} at
 *
 * @typedef {{ state: 'going' | 'waiting', place: number, rsvp: Rsvp, isNew: boolean }} Seat
 */

/** All RSVPs together; beyond it new ones are refused. */
const MAX_RSVPS = 5000
const LOCK_TRIES = 100
const LOCK_WAIT_MS = 10
const LOCK_STALE_MS = 5000

export class StoreFullError extends Error {
  name = 'StoreFullError'
}

/**
 * Who comes to which edition, in the order of asking: the first ones have a seat, the others wait. In memory, or in
 * `rsvps.json` in a folder, replaced whole under a lock, so that several processes can share the folder.
 */
export class RsvpStore {
  /** @type {Map<string, Rsvp[]>} */
  #editions = new Map()
  #file
  #lock
  #seen = ''
  #now

  /** @param {{ dataDir?: string | undefined, now: () => number }} options */
  constructor({ dataDir, now }) {
    this.#now = now
    this.#file = dataDir ? join(dataDir, 'rsvps.json') : undefined
    this.#lock = dataDir ? join(dataDir, 'rsvps.lock') : undefined
    if (dataDir) mkdirSync(dataDir, { recursive: true })
    this.#load()
  }

  /** Those who asked, first come first. @param {string} edition @returns {readonly Rsvp[]} */
  list(edition) {
    this.#load()
    return this.#editions.get(edition) ?? []
  }

  /** Adds somebody; the same address again yields the same ticket. @param {string} edition @param {{ name: string, email: string }} person @param {number} seats @returns {Promise<Seat>} */
  add(edition, { name, email }, seats) {
    return this.#change(() => {
      const list = this.#editions.get(edition) ?? []
      const known = list.find(rsvp => rsvp.email === email)
      const total = [...this.#editions.values()].reduce((sum, each) => sum + each.length, 0)
      if (!known && total >= MAX_RSVPS) throw new StoreFullError('the list is full')
      const rsvp = known ?? { ticket: newTicket(edition, email), name, email, at: this.#now() }
      if (!known) this.#editions.set(edition, [...list, rsvp])
      return { ...placeOf(this.#editions.get(edition) ?? [], rsvp, seats), isNew: !known }
    })
  }

  /** Gives a seat back; who waits moves up. @param {string} edition @param {string} ticket @returns {Promise<boolean>} */
  cancel(edition, ticket) {
    return this.#change(() => {
      const list = this.#editions.get(edition) ?? []
      const rest = list.filter(rsvp => rsvp.ticket !== ticket)
      this.#editions.set(edition, rest)
      return rest.length < list.length
    })
  }

  /** @param {string} edition @param {string} ticket @param {number} seats @returns {Seat | undefined} */
  find(edition, ticket, seats) {
    const list = this.list(edition)
    const rsvp = list.find(each => each.ticket === ticket)
    return rsvp && { ...placeOf(list, rsvp, seats), isNew: false }
  }

  /** Reads the file again when another process replaced it. */
  #load() {
    if (!this.#file) return
    const stat = statSync(this.#file, { throwIfNoEntry: false })
    const version = stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : ''
    if (version === this.#seen) return
    this.#editions = stat ? new Map(Object.entries(JSON.parse(readFileSync(this.#file, 'utf8')))) : new Map()
    this.#seen = version
  }

  /** @template T @param {() => T} change @returns {Promise<T>} */
  async #change(change) {
    if (!this.#file || !this.#lock) return change()
    await this.#acquire(this.#lock)
    try {
      this.#load()
      const result = change()
      const draft = `${this.#file}.${process.pid}`
      writeFileSync(draft, JSON.stringify(Object.fromEntries(this.#editions)), { flush: true })
      renameSync(draft, this.#file)
      return result
    } finally {
      rmSync(this.#lock, { recursive: true, force: true })
    }
  }

  /** @param {string} lock */
  async #acquire(lock) {
    for (let attempt = 0; attempt < LOCK_TRIES; attempt++) {
      try {
        mkdirSync(lock)
        return
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
        const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
        // Left behind by a process that was killed.
        if (since !== undefined && Date.now() - since > LOCK_STALE_MS)
          rmSync(lock, { recursive: true, force: true })
        await sleep(LOCK_WAIT_MS)
      }
    }
    throw new Error(`${lock} is held by another process`)
  }
}

/** @param {readonly Rsvp[]} list @param {Rsvp} rsvp @param {number} seats @returns {{ state: 'going' | 'waiting', place: number, rsvp: Rsvp }} */
function placeOf(list, rsvp, seats) {
  const index = list.indexOf(rsvp)
  return index < seats
    ? { state: 'going', place: index + 1, rsvp }
    : { state: 'waiting', place: index - seats + 1, rsvp }
}

/** @param {string} edition @param {string} email */
const newTicket = (edition, email) =>
  createHash('sha256').update(edition).update(email).update(randomBytes(16)).digest('hex').slice(0, 10)
