import type { Pod } from '../../../kube/generated/core-v1.ts'
import { COMPONENT, type NodeParts } from '../node-parts.ts'
import { hostPorts } from './host-ports.ts'
import { misplacedListeners } from './wildcard-listeners.ts'

/** How soon a port of the host that is taken is tried again. */
const RETRY_MS = 10_000

interface PortOwner {
  pod(): Pod
  podIP(): string
  /** Whether its programs run in the network of the host. */
  sharesNetwork(): boolean
}

/** The ports of this host at which a pod is reached. */
export class PodHostPorts implements Disposable {
  readonly #node: NodeParts
  readonly #owner: PortOwner
  #conflict = ''
  #retry: Disposable | undefined
  #isClosed = false

  constructor(node: NodeParts, owner: PortOwner) {
    this.#node = node
    this.#owner = owner
  }

  /** Listens on those that no program of the pod, of which `pid` is one, listens on itself. A port that is taken is tried again. */
  async open(pid: number): Promise<void> {
    const { hostIP, clock, events } = this.#node
    const pod = this.#owner.pod()
    const wanted = (held: ReadonlySet<number>) => hostPorts(pod, { podIP: this.#owner.podIP(), hostIP, held })
    if (this.#isClosed || wanted(new Set()).length === 0) return
    const held = this.#owner.sharesNetwork() ? misplacedListeners(pid).map(({ port }) => port) : []
    const problems = await this.#node.hostPorts.apply(pod.metadata.uid, wanted(new Set(held)))
    const message = problems.join('; ')
    if (message !== '' && message !== this.#conflict)
      events.record(pod, { type: 'Warning', reason: 'HostPortConflict', message, component: COMPONENT })
    this.#conflict = message
    this.#retry?.[Symbol.dispose]()
    if (message !== '') this.#retry = clock.after(RETRY_MS, () => void this.open(pid))
    // Closed meanwhile.
    if (this.#isClosed) this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#retry?.[Symbol.dispose]()
    void this.#node.hostPorts.apply(this.#owner.pod().metadata.uid, [])
  }
}
