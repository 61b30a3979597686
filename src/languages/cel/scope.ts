/** Names that are visible at a place; inner ones hide outer ones. */
export class Scope<T> {
  readonly #outer: Scope<T> | undefined
  readonly #own: ReadonlyMap<string, T>

  constructor(own: ReadonlyMap<string, T>, outer?: Scope<T>) {
    this.#own = own
    this.#outer = outer
  }

  find(name: string): T | undefined {
    return this.#own.get(name) ?? this.#outer?.find(name)
  }

  with(...own: readonly (readonly [string, T])[]): Scope<T> {
    return new Scope(new Map(own), this)
  }
}
