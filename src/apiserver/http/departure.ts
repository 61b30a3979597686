import type { ServerResponse } from 'node:http'
import type { Upgrade } from './upgrade.ts'

/** Whether the client of a request has gone before its answer was whole. Most answers are done before anybody asks. */
export class Departure {
  #isGone = false
  #controller: AbortController | undefined

  constructor(response: ServerResponse, upgrade: Upgrade | undefined) {
    response.on('close', () => {
      // An answer that is whole has nobody left to tell.
      if (!response.writableFinished) this.#leave()
    })
    // The response has no part in what follows an upgrade.
    upgrade?.socket.once('close', () => this.#leave())
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /** Aborts when the client goes. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#isGone) this.#controller.abort()
    }
    return this.#controller.signal
  }

  #leave(): void {
    this.#isGone = true
    this.#controller?.abort()
  }
}
