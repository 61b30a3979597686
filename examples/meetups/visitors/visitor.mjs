import { request } from 'node:http'

const cities = ['montreal', 'quebec', 'ottawa', 'toronto', 'kitchener-waterloo']
const talks = [
  'livrer-le-jeudi',
  'canary-for-people',
  'the-quiet-pager',
  'keeping-a-1987-machine',
  'postmortem-like-a-novel',
]
const TIMEOUT_MS = 10_000
const MAX_COOKIES = 20

/**
 * What one request showed. @typedef {{ status: number, version: string, ms: number }} Sight
 */

/** Somebody with a browser: keeps cookies, has a city, and walks from page to page like people do. */
export class Visitor {
  /** @type {Map<string, string>} */
  #cookies = new Map()
  #step = 0
  #city
  #base
  #agent

  /** @param {{ number: number, base: URL, agent: import('node:http').Agent }} options */
  constructor({ number, base, agent }) {
    this.#city = cities[number % cities.length] ?? 'montreal'
    this.#base = base
    this.#agent = agent
    // Not everybody starts at the door.
    this.#step = Math.floor(number / cities.length)
  }

  /** The next page. The first one is always the visitor's city, which the site remembers. @param {() => number} random */
  #nextPath(random) {
    if (!this.#cookies.has('home')) return `/cities/${this.#city}`
    const pages = [
      '/',
      `/cities/${this.#city}`,
      '/talks',
      `/talks/${talks[this.#step % talks.length]}`,
      '/draw',
      '/about',
    ]
    this.#step += 1 + Math.floor(random() * 2)
    return pages[this.#step % pages.length] ?? '/'
  }

  /** Opens one page. Never throws: a failed connection is status 0. @param {{ now: () => number, random: () => number }} by @returns {Promise<Sight>} */
  visit({ now, random }) {
    const path = this.#nextPath(random)
    const started = now()
    return new Promise(resolve => {
      const end = (/** @type {number} */ status, /** @type {string} */ version) =>
        resolve({ status, version, ms: now() - started })
      const outgoing = request(
        new URL(path, this.#base),
        {
          agent: this.#agent,
          timeout: TIMEOUT_MS,
          headers: { 'user-agent': 'meetups-visitor/1.0', accept: 'text/html', cookie: this.#jar() },
        },
        incoming => {
          this.#keep(incoming.headers['set-cookie'] ?? [])
          incoming.resume()
          const version = incoming.headers['x-meetups-version']
          incoming.on('end', () =>
            end(incoming.statusCode ?? 0, typeof version === 'string' ? version : 'none'),
          )
          incoming.on('error', () => end(0, 'none'))
        },
      )
      outgoing.on('timeout', () => outgoing.destroy())
      outgoing.on('error', () => end(0, 'none'))
      outgoing.end()
    })
  }

  #jar() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** @param {readonly string[]} headers */
  #keep(headers) {
    for (const header of headers) {
      const [pair = ''] = header.split(';')
      const at = pair.indexOf('=')
      if (at > 0 && (this.#cookies.size < MAX_COOKIES || this.#cookies.has(pair.slice(0, at))))
        this.#cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
    }
  }
}
