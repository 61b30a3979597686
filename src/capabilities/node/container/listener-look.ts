import { listenerAdvice } from '../network/advice.ts'
import { misplacedListeners } from '../network/wildcard-listeners.ts'
import type { NodeParts } from '../node-parts.ts'
import type { ContainerRun } from './container-run.ts'
import type { PodSurroundings } from './pod-surroundings.ts'

/** Looking reads all of /proc, so it is not done at every failure of a probe. */
const MAX_LOOKS = 10

/** Finds out where a container listens, and says so once when that is not its pod's address. */
export class ListenerLook {
  readonly #container: string
  readonly #pod: PodSurroundings
  readonly #node: NodeParts
  #left = MAX_LOOKS

  constructor(container: string, pod: PodSurroundings, node: NodeParts) {
    this.#container = container
    this.#pod = pod
    this.#node = node
  }

  /** What to say, the first time that there is something. */
  at(run: ContainerRun): string | undefined {
    const { addresses, hostIP } = this.#node
    // In a network of its own it may listen wherever it likes.
    if (this.#pod.runtime().network) return undefined
    if (this.#left <= 0 || run.over.signal.aborted || !addresses.separate || run.address === hostIP)
      return undefined
    this.#left--
    const listeners = misplacedListeners(run.process.pid)
    if (listeners.length === 0) return undefined
    this.#left = 0
    return listenerAdvice(this.#container, listeners, run.address)
  }
}
