import { portHolder } from '../../../kernel/port-holder.ts'
import type { Forward } from './forwards.ts'
import { type ForwarderHooks, TcpForwarder } from './tcp-forwarder.ts'

/** Listeners of this node that carry connections elsewhere, by the key of who wants them. */
export class Forwarders implements Disposable {
  readonly #hooks: ForwarderHooks
  /** By key, then by `host:port`. */
  readonly #listeners = new Map<string, Map<string, TcpForwarder>>()

  constructor(hooks: ForwarderHooks) {
    this.#hooks = hooks
  }

  /** Brings the listeners of a key to what is wanted; returns what could not be done. */
  async apply(key: string, wanted: readonly Forward[]): Promise<string[]> {
    const listeners = this.#listeners.get(key) ?? new Map<string, TcpForwarder>()
    this.#listeners.set(key, listeners)
    const kept = new Set(wanted.map(place))
    for (const [at, listener] of listeners)
      if (!kept.has(at)) {
        listener.close()
        listeners.delete(at)
      }
    const problems: string[] = []
    for (const forward of wanted) {
      const at = place(forward)
      try {
        const listener = listeners.get(at) ?? (await TcpForwarder.listen(forward, this.#hooks))
        listeners.set(at, listener)
        listener.update(forward)
      } catch (error) {
        problems.push(reasonOf(error as NodeJS.ErrnoException, forward))
      }
    }
    if (listeners.size === 0) this.#listeners.delete(key)
    return problems
  }

  /** Ends all listeners and connections. */
  [Symbol.dispose](): void {
    for (const ofKey of this.#listeners.values())
      for (const listener of ofKey.values()) listener[Symbol.dispose]()
  }
}

const place = ({ host, port }: Forward): string => `${host}:${port}`

function reasonOf(error: NodeJS.ErrnoException, forward: Forward): string {
  const at = place(forward)
  switch (error.code) {
    case 'EACCES':
      return `cannot listen on ${at}: ports below 1024 need privileges here; choose a port from 1024 on, or allow it with sysctl net.ipv4.ip_unprivileged_port_start`
    case 'EADDRINUSE':
      return `cannot listen on ${at}: ${portHolder(forward.port, forward.host) ?? 'another process'} does, for instance a second Drave, or a pod that listens on all addresses`
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${at}: this system has only 127.0.0.1 as a loopback address; use the addresses of the pods`
    default:
      return `cannot listen on ${at}: ${error.message}`
  }
}
