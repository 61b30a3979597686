import { randomFillSync } from 'node:crypto'

const ID_BYTES = 16
const ID_PATTERN = /^[0-9a-f]{32}$/
const STAMPED_PATTERN = /^([0-9a-f]{32})\.([0-9a-z]{1,9})$/

/** Fresh session ids of 128 random bits as 32 hexadecimal digits; random bytes are drawn many at a time. */
export class SessionIds {
  readonly #pool = Buffer.alloc(ID_BYTES * 256)
  #used = ID_BYTES * 256

  next(): string {
    if (this.#used === this.#pool.length) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    this.#used += ID_BYTES
    return this.#pool.toString('hex', this.#used - ID_BYTES, this.#used)
  }
}

/**
 * The caller's point in [0, 1): a 64-bit hash of the identity, of which 53 bits are used. Two 32-bit lanes with
 * MurmurHash3's constants and finaliser, each mixed with the other, so that identities that differ
 * little (user-1, user-2) land anywhere.
 */
export function pointOf(identity: string): number {
  let [high, low] = [0x9e3779b9 ^ identity.length, 0x85ebca6b]
  for (let index = 0; index < identity.length; index++) {
    const code = identity.charCodeAt(index)
    high = Math.imul(high ^ code, 0xcc9e2d51)
    high = (high << 15) | (high >>> 17)
    low = Math.imul(low ^ code, 0x1b873593)
    low = (low << 13) | (low >>> 19)
  }
  high = finalise(high ^ Math.imul(low, 5))
  low = finalise(low ^ Math.imul(high, 5))
  return ((high >>> 0) * 0x200000 + (low >>> 11)) / 2 ** 53
}

function finalise(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** The value of one cookie in a Cookie field (RFC 6265 section 4.2.1), or undefined. */
export function cookieValue(field: string, name: string): string | undefined {
  let from = 0
  for (;;) {
    const at = field.indexOf(name, from)
    if (at < 0) return undefined
    const before = at === 0 ? ';' : field[at - 1]
    const equals = at + name.length
    if ((before === ';' || before === ' ') && field.charCodeAt(equals) === 0x3d) {
      const end = field.indexOf(';', equals)
      return field.slice(equals + 1, end < 0 ? field.length : end).trim()
    }
    from = equals
  }
}

/**
 * The id in a session cookie's value, or undefined when the gateway did not make it or its time is over. With a
 * limit the value carries when the session began, in seconds, base 36.
 */
export function sessionIdOf(
  value: string | undefined,
  absoluteTimeoutMs: number,
  nowMs: number,
): string | undefined {
  if (value === undefined) return undefined
  if (absoluteTimeoutMs === 0) return ID_PATTERN.test(value) ? value : undefined
  const match = STAMPED_PATTERN.exec(value)
  if (!match) return undefined
  const age = nowMs - Number.parseInt(match[2] ?? '', 36) * 1000
  return age < absoluteTimeoutMs ? match[1] : undefined
}

/** The cookie value that `sessionIdOf` reads. */
export const sessionValue = (id: string, absoluteTimeoutMs: number, nowMs: number): string =>
  absoluteTimeoutMs === 0 ? id : `${id}.${Math.floor(nowMs / 1000).toString(36)}`
