import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

/** 127.64.0.0/12; Services have 127.128.0.0/12. */
const FIRST = (127 << 24) | (64 << 16)
const COUNT = 1 << 20
const FALLBACK = '127.0.0.1'

const toText = (index: number): string => {
  const address = (FIRST + index) >>> 0
  return [24, 16, 8, 0].map(shift => (address >>> shift) & 255).join('.')
}

/** Gives each pod a loopback address of its own, where the system lets one listen on all of 127.0.0.0/8 (Linux does, macOS does not). */
export class PodAddresses {
  /** False when all pods share 127.0.0.1. */
  readonly separate: boolean
  readonly #taken = new Map<string, string>()
  #next: number

  private constructor(separate: boolean, start: number) {
    this.separate = separate
    this.#next = start
  }

  /** `seed` spreads the addresses of several Drave processes on one machine. */
  static async probe(seed: string): Promise<PodAddresses> {
    const start = createHash('sha256').update(seed).digest().readUInt32BE(0) % COUNT
    return new PodAddresses(await canListen(toText(start)), start)
  }

  /** For tests: as on a system with one loopback address. */
  static shared(): PodAddresses {
    return new PodAddresses(false, 0)
  }

  /** The pod's address; `wanted`, the one it had before, where it is free. */
  take(uid: string, wanted?: string): string {
    if (!this.separate) return FALLBACK
    if (wanted && isOurs(wanted) && (this.#taken.get(wanted) ?? uid) === uid) {
      this.#taken.set(wanted, uid)
      return wanted
    }
    for (let tries = 0; tries < COUNT; tries++) {
      this.#next = (this.#next + 1) % COUNT
      const address = toText(this.#next)
      // As in any subnet, its own number and the last one are left out.
      if (this.#next === 0 || this.#next === COUNT - 1 || this.#taken.has(address)) continue
      this.#taken.set(address, uid)
      return address
    }
    throw new Error(`all ${COUNT} pod addresses are taken`)
  }

  /** Whether an address is one of those that pods get here. */
  owns(address: string): boolean {
    return this.separate && isOurs(address)
  }

  release(uid: string): void {
    for (const [address, owner] of this.#taken) if (owner === uid) this.#taken.delete(address)
  }
}

function isOurs(address: string): boolean {
  const [a, b] = address.split('.').map(Number)
  return a === 127 && b !== undefined && b >= 64 && b < 80
}

function canListen(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)))
  })
}
