import type { Backend } from './forwards.ts'

/** Clients remembered for session affinity; the one not seen for longest is forgotten first. */
const MAX_CLIENTS = 10_000

/** Decides which backend each connection goes to: in turn, or always the same for one client address. */
export class BackendChoice {
  #backends: readonly Backend[] = []
  #affinityMs: number | undefined
  #next = 0
  readonly #clients = new Map<string, { key: string; until: number }>()

  update(backends: readonly Backend[], affinityMs: number | undefined): void {
    this.#backends = backends
    this.#affinityMs = affinityMs
    if (affinityMs === undefined) this.#clients.clear()
  }

  /** The backends to try for a connection, best first. */
  candidates(client: string, now: number): Backend[] {
    const count = this.#backends.length
    if (count === 0) return []
    const start = this.#next++ % count
    const inTurn = [...this.#backends.slice(start), ...this.#backends.slice(0, start)]
    if (this.#affinityMs === undefined) return inTurn
    const kept = this.#clients.get(client)
    if (!kept || kept.until <= now) return inTurn
    const before = inTurn.findIndex(backend => keyOf(backend) === kept.key)
    return before < 0 ? inTurn : [...inTurn.splice(before, 1), ...inTurn]
  }

  /** Notes which backend has taken a client's connection. */
  taken(client: string, backend: Backend, now: number): void {
    if (this.#affinityMs === undefined) return
    this.#clients.delete(client)
    this.#clients.set(client, { key: keyOf(backend), until: now + this.#affinityMs })
    const [oldest] = this.#clients.keys()
    if (this.#clients.size > MAX_CLIENTS && oldest !== undefined) this.#clients.delete(oldest)
  }
}

const keyOf = ({ address, port }: Backend): string => `${address}:${port}`
