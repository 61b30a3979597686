import type { Clock } from '../../../../lib/clock.ts'
import { parseChallenge } from './challenge.ts'
import type { Credentials } from './credentials.ts'
import { RegistryError } from './registry-error.ts'

/** A registry that says nothing for so long is given up. */
const SILENCE_MS = 30_000
const MAX_ERROR_BYTES = 4096

interface RegistryAccess {
  /** `https://HOST`. */
  endpoint: string
  /** The repository's path. */
  path: string
  credentials: Credentials | undefined
  clock: Clock
  signal?: AbortSignal | undefined
}

/** Reads from one repository of a registry (OCI distribution specification 1.1), with its authentication. */
export class RegistryClient {
  readonly #access: RegistryAccess
  #authorization: string | undefined

  constructor(access: RegistryAccess) {
    this.#access = access
  }

  /** GET of `/v2/PATH/REST`. Throws RegistryError for what is no success. The answer's body must be read or cancelled. */
  async get(rest: string, headers: Readonly<Record<string, string>> = {}): Promise<RegistryAnswer> {
    const { endpoint, path } = this.#access
    const url = `${endpoint}/v2/${path}/${rest}`
    let answer = await this.#send(url, headers)
    if (answer.response.status === 401) {
      const challenge = answer.response.headers.get('www-authenticate')
      await answer.cancel()
      this.#authorization = await this.#authorize(challenge, url)
      answer = await this.#send(url, headers)
    }
    if (answer.response.ok) return answer
    const { status, statusText } = answer.response
    const why = await answer.text(MAX_ERROR_BYTES).then(errorIn, () => '')
    throw new RegistryError(`GET ${url}: ${status} ${statusText}${why && `: ${why}`}`, status)
  }

  async #send(url: string, headers: Readonly<Record<string, string>>): Promise<RegistryAnswer> {
    const { clock, signal } = this.#access
    const all = { ...headers, ...(this.#authorization ? { Authorization: this.#authorization } : {}) }
    const answer = new RegistryAnswer(clock, signal)
    try {
      return await answer.open(url, all)
    } catch (error) {
      const { cause, message } = error as Error & { cause?: Error }
      throw new RegistryError(`GET ${url}: ${cause?.message || message}`, 0, error)
    }
  }

  /** The header that answers a challenge. */
  async #authorize(header: string | null, url: string): Promise<string> {
    const challenge = parseChallenge(header)
    const { credentials } = this.#access
    const basic =
      credentials &&
      `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    if (challenge?.scheme === 'basic' && basic) return basic
    if (challenge?.scheme !== 'bearer')
      throw new RegistryError(`GET ${url}: 401 Unauthorized: the registry wants credentials`, 401)
    const realm = new URL(challenge.realm)
    // Credentials are sent in the clear only to a registry that is asked in the clear itself.
    if (basic && realm.protocol === 'http:' && !url.startsWith('http:'))
      throw new RegistryError(`${challenge.realm}: tokens are not asked for without TLS`, 401)
    if (challenge.service) realm.searchParams.set('service', challenge.service)
    realm.searchParams.set('scope', challenge.scope ?? `repository:${this.#access.path}:pull`)
    this.#authorization = basic
    const answer = await this.#send(realm.href, {})
    this.#authorization = undefined
    const text = await answer.text(1024 * 1024)
    if (!answer.response.ok)
      throw new RegistryError(
        `GET ${realm.origin}${realm.pathname}: ${answer.response.status}: authorization failed: ${errorIn(text)}`,
        answer.response.status,
      )
    const { token, access_token: accessToken } = JSON.parse(text) as { token?: string; access_token?: string }
    return `Bearer ${token ?? accessToken ?? ''}`
  }
}

/** An answer whose body is given up after a silence. */
class RegistryAnswer {
  readonly #clock: Clock
  readonly #over = new AbortController()
  #silence: Disposable | undefined
  #response: Response | undefined

  constructor(clock: Clock, signal: AbortSignal | undefined) {
    this.#clock = clock
    signal?.addEventListener('abort', () => this.#over.abort(signal.reason), { once: true })
  }

  get response(): Response {
    if (!this.#response) throw new Error('there is no answer yet')
    return this.#response
  }

  async open(url: string, headers: Readonly<Record<string, string>>): Promise<this> {
    this.#listen()
    try {
      // A redirection to another host is followed without our authorization, by the rules of fetch.
      this.#response = await fetch(url, { headers, signal: this.#over.signal })
    } finally {
      this.#silence?.[Symbol.dispose]()
    }
    return this
  }

  /** The body, at most so many bytes. Throws RegistryError when there are more. */
  async text(maxBytes: number): Promise<string> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.chunks()) {
      size += chunk.length
      if (size > maxBytes) throw new RegistryError(`${this.response.url}: more than ${maxBytes} bytes`, 0)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const reader = this.response.body?.getReader()
    try {
      while (reader) {
        this.#listen()
        const { done, value } = await reader.read()
        if (done) return
        yield value
      }
    } catch (error) {
      const { cause, message } = error as Error & { cause?: Error }
      throw new RegistryError(`GET ${this.response.url}: ${cause?.message || message}`, 0, error)
    } finally {
      this.#silence?.[Symbol.dispose]()
      await reader?.cancel().catch(() => {})
    }
  }

  async cancel(): Promise<void> {
    await this.response.body?.cancel()
  }

  #listen(): void {
    this.#silence?.[Symbol.dispose]()
    this.#silence = this.#clock.after(SILENCE_MS, () =>
      this.#over.abort(new Error(`no answer within ${SILENCE_MS / 1000} s`)),
    )
  }
}

/** The codes and messages of a registry's error body. */
function errorIn(text: string): string {
  try {
    const { errors = [] } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] }
    return errors.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; ')
  } catch {
    return text.slice(0, 200).trim()
  }
}
