/** Owns things that must be closed: the last one taken is closed first. A failure to close one does not keep the others open. */
export class ReverseOrder implements AsyncDisposable {
  readonly #items: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(item: T): T {
    this.#items.push(item)
    return item
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let item = this.#items.pop(); item; item = this.#items.pop()) {
      try {
        await item[Symbol.asyncDispose]()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
