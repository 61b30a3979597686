/** Runs something soon after it was woken, once for all that woke it meanwhile, and never twice at a time. */
export class Later {
  readonly #run: () => Promise<void>
  readonly #failed: (error: unknown) => void
  #running: Promise<void> | undefined
  #stale = false

  constructor(run: () => Promise<void>, failed: (error: unknown) => void) {
    this.#run = run
    this.#failed = failed
  }

  wake(): void {
    this.#stale = true
    // Later, so that what changes together is looked at once.
    this.#running ??= new Promise<void>(resolve => setImmediate(resolve))
      .then(() => this.#settle())
      .catch(this.#failed)
      .finally(() => {
        this.#running = undefined
      })
  }

  async #settle(): Promise<void> {
    while (this.#stale) {
      this.#stale = false
      await this.#run()
    }
  }
}
