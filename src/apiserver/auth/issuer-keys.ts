import { request } from 'node:https'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { isJsonObject } from '../../kube/schema/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../logger.ts'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 1024 * 1024
/** A token with an unknown key, or an issuer that does not answer, costs one look in so long. */
const MIN_INTERVAL_MS = 10_000
/** Keys that were withdrawn are trusted no longer than this. */
const MAX_AGE_MS = 10 * 60_000

interface Source {
  issuerUrl: string
  authority: string | undefined
}

/** The keys an issuer signs with, fetched when they are needed and shared by all who wait for them. */
export class IssuerKeys {
  readonly #source: Source
  readonly #clock: Clock
  readonly #log: Logger
  #keys: JWTVerifyGetKey | undefined
  #fetchedAt = 0
  #triedAt = Number.NEGATIVE_INFINITY
  #fetching: Promise<void> | undefined

  constructor(source: Source, { clock, log }: { clock: Clock; log: Logger }) {
    this.#source = source
    this.#clock = clock
    this.#log = log
  }

  /** The key for a token's header. Rejects where the issuer has none, or cannot be asked. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!this.#keys || this.#clock.elapsed() - this.#fetchedAt > MAX_AGE_MS) await this.#refresh()
    const keys = this.#keys
    if (!keys) throw new Error('the keys of the issuer could not be fetched')
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // It may be newer than what is known here.
      await this.#refresh()
      return (this.#keys ?? keys)(header, token)
    }
  }

  #refresh(): Promise<void> {
    if (this.#fetching) return this.#fetching
    if (this.#clock.elapsed() - this.#triedAt < MIN_INTERVAL_MS) return Promise.resolve()
    this.#triedAt = this.#clock.elapsed()
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #fetch(): Promise<void> {
    const { issuerUrl, authority } = this.#source
    try {
      const document = await getJson(
        `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`,
        authority,
      )
      if (document.issuer !== issuerUrl)
        throw new Error(
          `it calls itself ${JSON.stringify(document.issuer)}, not ${JSON.stringify(issuerUrl)}`,
        )
      const keys = await getJson(String(document.jwks_uri), authority)
      // What is not a key set is refused by the library.
      this.#keys = createLocalJWKSet(keys as unknown as JSONWebKeySet)
      this.#fetchedAt = this.#clock.elapsed()
    } catch (error) {
      if (this.#clock.elapsed() - this.#fetchedAt > MAX_AGE_MS) this.#keys = undefined
      this.#log.warn(
        { issuer: issuerUrl, problem: (error as Error).message },
        'the keys of the OpenID Connect issuer could not be fetched',
      )
    }
  }
}

function getJson(url: string, authority: string | undefined): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const outgoing = request(url, { signal, ...(authority ? { ca: authority } : {}) }, response => {
      if (response.statusCode !== 200) {
        response.resume()
        reject(new Error(`${url} answered ${response.statusCode}`))
        return
      }
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_BYTES) outgoing.destroy(new Error(`${url} answered with more than ${MAX_BYTES} bytes`))
        else chunks.push(chunk)
      })
      response.on('end', () => {
        try {
          const value: unknown = JSON.parse(Buffer.concat(chunks).toString())
          if (!isJsonObject(value)) throw new Error('no object')
          resolve(value)
        } catch {
          reject(new Error(`${url} did not answer with a JSON object`))
        }
      })
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
