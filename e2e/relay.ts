import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Passes connections on to a port of this machine, until it is told that there is no way any more. */
export class Relay implements AsyncDisposable {
  readonly #open = new Set<Socket>()
  #isCut = false
  #port = 0
  readonly #server

  private constructor(target: number) {
    this.#server = createServer(client => {
      if (this.#isCut) {
        client.destroy()
        return
      }
      const server = connect(target, '127.0.0.1')
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#open.add(from)
        from.on('error', () => {})
        from.once('close', () => {
          this.#open.delete(from)
          to.destroy()
        })
        from.pipe(to)
      }
    })
  }

  static async to(url: string): Promise<Relay> {
    const relay = new Relay(Number(new URL(url).port))
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    // Listening on TCP, it has an address.
    relay.#port = (relay.#server.address() as { port: number }).port
    return relay
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#open) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }
}
