import { Agent, request, type RequestOptions } from 'node:https'
import type { Clock } from '../../lib/clock.ts'
import type { WebhookClientConfig } from '../../kube/generated/admissionregistration-v1.ts'
import { ApiError } from '../../kube/status.ts'
import { goReason } from './go-reason.ts'
import type { Endpoint } from './service-endpoint.ts'

/** A webhook that could not be reached, was too slow, or did not answer with JSON. */
export class WebhookCallError extends Error {
  override name = 'WebhookCallError'
}

export interface WebhookCall {
  clientConfig: WebhookClientConfig
  body: unknown
  timeoutMs: number
}

export interface WebhookClientParts {
  clock: Clock
  /** Finds where a Service is served. Throws ApiError. */
  resolve(service: { namespace: string; name: string; port: number }): Endpoint
  /** Called when an answer is longer than is read. */
  limitHit?(name: string): void
}

/** No review is longer than the largest object it can hold, twice, with its escapes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const MAX_AGENTS = 500
const MAX_SOCKETS = 64

interface Target {
  url: URL
  /** The URL in messages. */
  shown: string
  /** Where to connect instead of the URL's host. */
  endpoint: Endpoint | undefined
}

/**
 * Posts JSON to webhooks of admission and conversion, over connections that are kept. Follows no redirects; a
 * certificate must be signed by the `caBundle`, or by the authorities that Node knows where there is none.
 */
export class WebhookClient implements Disposable {
  readonly #parts: WebhookClientParts
  /** By host and CA bundle, the least recently used first. */
  readonly #agents = new Map<string, Agent>()

  constructor(parts: WebhookClientParts) {
    this.#parts = parts
  }

  /** The parsed answer. Throws WebhookCallError in the words of Go's HTTP client. */
  async post({ clientConfig, body, timeoutMs }: WebhookCall): Promise<unknown> {
    const target = this.#targetOf(clientConfig, timeoutMs)
    const text = await this.#exchange(target, clientConfig, JSON.stringify(body), timeoutMs)
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new WebhookCallError(`the answer is not JSON: ${(error as Error).message}`, { cause: error })
    }
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy()
  }

  #targetOf({ service, url }: WebhookClientConfig, timeoutMs: number): Target {
    const timeout = `${Math.max(1, Math.ceil(timeoutMs / 1000))}s`
    if (service) {
      const { name, namespace, path = '', port = 443 } = service
      const at = new URL(`https://${name}.${namespace}.svc:${port}`)
      at.pathname = path
      at.searchParams.set('timeout', timeout)
      // Go names the port that URL leaves out.
      const shown = at.href.replace(at.host, `${at.hostname}:${port}`)
      return { url: at, shown, endpoint: this.#resolve(shown, { name, namespace, port }) }
    }
    if (!url) throw new WebhookCallError('webhook configuration must have either service or URL')
    const at = new URL(url)
    if (at.protocol !== 'https:')
      throw new WebhookCallError(`Post "${url}": only https is spoken to webhooks`)
    at.searchParams.set('timeout', timeout)
    return { url: at, shown: at.href, endpoint: undefined }
  }

  #resolve(shown: string, service: { namespace: string; name: string; port: number }): Endpoint {
    try {
      return this.#parts.resolve(service)
    } catch (error) {
      const why = error instanceof ApiError ? error.message : String(error)
      throw new WebhookCallError(`Post "${shown}": ${why}`, { cause: error })
    }
  }

  #exchange(target: Target, config: WebhookClientConfig, body: string, timeoutMs: number): Promise<string> {
    const { url, shown } = target
    return new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown) =>
        reject(new WebhookCallError(`Post "${shown}": ${why}`, { cause }))
      const outgoing = request(url, {
        ...this.#options(target, body),
        agent: this.#agentFor(target, config),
      })
      const limit = this.#parts.clock.after(timeoutMs, () => {
        fail('context deadline exceeded')
        outgoing.destroy()
      })
      outgoing.on('close', () => limit[Symbol.dispose]())
      outgoing.on('error', error => fail(goReason(error), error))
      outgoing.on('response', response => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_ANSWER_BYTES) {
            this.#parts.limitHit?.('webhook_answer')
            fail(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
            outgoing.destroy()
          } else chunks.push(chunk)
        })
        response.on('error', error => fail(goReason(error), error))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const { statusCode = 0 } = response
          if (statusCode >= 200 && statusCode < 300) resolve(text)
          else reject(new WebhookCallError(refusalOf(statusCode, text)))
        })
      })
      outgoing.end(body)
    })
  }

  #options({ url, endpoint }: Target, body: string): RequestOptions {
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, */*',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'kube-apiserver-admission',
        host: url.host,
      },
      ...(endpoint ? { hostname: endpoint.host, port: endpoint.port, servername: url.hostname } : {}),
    }
  }

  #agentFor({ url }: Target, { caBundle }: WebhookClientConfig): Agent {
    const key = `${url.host} ${caBundle ?? ''}`
    const known = this.#agents.get(key)
    const ca = caBundle ? Buffer.from(caBundle, 'base64').toString() : undefined
    const agent =
      known ?? new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...(ca === undefined ? {} : { ca }) })
    this.#agents.delete(key)
    this.#agents.set(key, agent)
    for (const [oldKey, old] of this.#agents) {
      if (this.#agents.size <= MAX_AGENTS) break
      this.#agents.delete(oldKey)
      // Its requests that are under way fail as if the connection broke.
      old.destroy()
    }
    return agent
  }
}

/** What a webhook said with a status that is no success. */
function refusalOf(statusCode: number, text: string): string {
  try {
    const status: unknown = JSON.parse(text)
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message)
  } catch {
    // Not a Status: the code has to do.
  }
  return `the server responded with the status code ${statusCode}${text ? `: ${text.slice(0, 200)}` : ''}`
}
