import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import {
  type AddressRange,
  addressAt,
  claimRange,
  indexOf,
  LOOPBACK_RANGE,
  parseRange,
} from './address-range.ts'

const FALLBACK = '127.0.0.1'

/**
 * Gives each pod an address of its own: of loopback, where the system lets one listen on all of 127.0.0.0/8 (Linux does,
 * macOS does not), or of a network that is given to this machine for it.
 */
export class PodAddresses implements Disposable {
  /** False when all pods share 127.0.0.1. */
  readonly separate: boolean
  readonly range: AddressRange
  readonly #claim: Disposable | undefined
  readonly #taken = new Map<string, string>()
  #next: number

  private constructor(parts: { separate: boolean; start: number; range: AddressRange; claim?: Disposable }) {
    this.separate = parts.separate
    this.range = parts.range
    this.#next = parts.start
    this.#claim = parts.claim
  }

  /** `seed` spreads the addresses of several Drave processes on one machine. */
  static async probe(seed: string): Promise<PodAddresses> {
    const range = LOOPBACK_RANGE
    const start = createHash('sha256').update(seed).digest().readUInt32BE(0) % range.count
    return new PodAddresses({ separate: await canListen(addressAt(range, start)), start, range })
  }

  /** Addresses of a network that is this machine's from now on. Throws where that is not allowed. */
  static claim(cidr: string): PodAddresses {
    const range = parseRange(cidr)
    return new PodAddresses({ separate: true, start: 0, range, claim: claimRange(range) })
  }

  /** For tests: as on a system with one loopback address. */
  static shared(): PodAddresses {
    return new PodAddresses({ separate: false, start: 0, range: LOOPBACK_RANGE })
  }

  /** The pod's address; `wanted`, the one it had before, where it is free. */
  take(uid: string, wanted?: string): string {
    if (!this.separate) return FALLBACK
    if (wanted && this.owns(wanted) && (this.#taken.get(wanted) ?? uid) === uid) {
      this.#taken.set(wanted, uid)
      return wanted
    }
    const { count, cidr } = this.range
    for (let tries = 0; tries < count; tries++) {
      this.#next = (this.#next + 1) % count
      const address = addressAt(this.range, this.#next)
      // As in any subnet, its own number and the last one are left out.
      if (this.#next === 0 || this.#next === count - 1 || this.#taken.has(address)) continue
      this.#taken.set(address, uid)
      return address
    }
    throw new Error(`all pod addresses of ${cidr} are taken`)
  }

  /** Whether an address is one of those that pods get here. */
  owns(address: string): boolean {
    return this.separate && indexOf(this.range, address) !== undefined
  }

  release(uid: string): void {
    for (const [address, owner] of this.#taken) if (owner === uid) this.#taken.delete(address)
  }

  /** Gives a network that was claimed back. */
  [Symbol.dispose](): void {
    this.#claim?.[Symbol.dispose]()
  }
}

function canListen(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)))
  })
}
