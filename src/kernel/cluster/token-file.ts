import { readFileSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { CliError } from '../command.ts'
import type { Credentials, Proof } from './cluster-access.ts'

/** client-go's period; a kubelet replaces the file long before the token in it expires. */
const REREAD_MS = 60_000

/** A bearer token in a file that somebody replaces now and then. */
export class TokenFile implements Credentials {
  readonly #path: string
  readonly #clock: Clock
  #read: { proof: Proof; at: number } | undefined

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  async current(): Promise<Proof> {
    const now = this.#clock.elapsed()
    if (this.#read && now - this.#read.at < REREAD_MS) return this.#read.proof
    try {
      const token = readFileSync(this.#path, 'utf8').trim()
      if (token === '') throw new Error('it is empty')
      this.#read = { proof: { token }, at: now }
    } catch (error) {
      // The last token may well be good until the file is back.
      if (this.#read) return this.#read.proof
      throw new CliError(`token file ${this.#path}: ${(error as Error).message}`, { cause: error })
    }
    return this.#read.proof
  }

  refused(proof: Proof): void {
    if (this.#read?.proof === proof) this.#read.at = Number.NEGATIVE_INFINITY
  }
}
