import type { Pod } from '../../kube/generated/core-v1.ts'

/** Addresses after the first of a node's 256 stay free. */
const PER_NODE = 254
/** Of pods on nodes without a range of their own. */
const OTHERS = '10.63.0.0/16'

/** Gives pods addresses from the range of their node; nothing listens on them. */
export class SimulatedAddresses {
  readonly #taken = new Map<string, string>()
  readonly #byPod = new Map<string, string>()
  readonly #next = new Map<string, number>()

  /** The address of a pod: what its status says, or a free one of the range, such as `10.64.3.0/24`. */
  of(pod: Pod, range: string = OTHERS): string {
    const { uid } = pod.metadata
    const known = this.#byPod.get(uid)
    if (known) return known
    const shown = pod.status?.podIP
    const address = shown && !this.#taken.has(shown) ? shown : this.#free(range)
    this.#taken.set(address, uid)
    this.#byPod.set(uid, address)
    return address
  }

  release(uid: string): void {
    const address = this.#byPod.get(uid)
    if (address === undefined) return
    this.#byPod.delete(uid)
    this.#taken.delete(address)
  }

  /** The one after the last that was given; throws when all are taken. */
  #free(range: string): string {
    const [base = '', bits = '24'] = range.split('/')
    const [a, b, c] = base.split('.').map(Number)
    const size = bits === '16' ? 256 * PER_NODE : PER_NODE
    const start = this.#next.get(range) ?? 0
    for (let tried = 0; tried < size; tried++) {
      const index = (start + tried) % size
      const third = bits === '16' ? Math.trunc(index / PER_NODE) : c
      const address = `${a}.${b}.${third}.${(index % PER_NODE) + 1}`
      if (this.#taken.has(address)) continue
      this.#next.set(range, index + 1)
      return address
    }
    throw new Error(`all addresses of ${range} are taken`)
  }
}
