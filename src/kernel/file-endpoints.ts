import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Endpoints } from './endpoints.ts'

/** Keeps `endpoints.json` in the data directory equal to what is published; each change replaces the file atomically. */
export class FileEndpoints implements Endpoints {
  readonly #file: string | undefined
  readonly #urls = new Map<string, string>()

  /** Without a directory the endpoints are kept in memory only. */
  constructor(directory?: string) {
    this.#file = directory === undefined ? undefined : join(directory, 'endpoints.json')
  }
  publish(name: string, url: string): void {
    if (this.#urls.get(name) === url) return
    this.#urls.set(name, url)
    this.write()
  }
  withdraw(name: string): void {
    if (this.#urls.delete(name)) this.write()
  }
  get(name: string): string | undefined {
    return this.#urls.get(name)
  }
  entries(): [string, string][] {
    return [...this.#urls]
  }
  /** Writes the file as it stands; called at start so that no URL of an earlier run is left. */
  write(): void {
    if (!this.#file) return
    const sorted = Object.fromEntries([...this.#urls].sort(([a], [b]) => (a < b ? -1 : 1)))
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(sorted, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }
}
