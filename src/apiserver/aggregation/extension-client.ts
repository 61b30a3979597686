import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { MASTERS } from '../auth/users.ts'
import type { KeyPair } from '../http/certificates.ts'
import type { Core } from '../pipeline/core.ts'
import { goReason } from '../webhooks/go-reason.ts'
import { type Endpoint, serviceEndpoint } from '../webhooks/service-endpoint.ts'
import type { Extension } from './api-services.ts'
import { identityHeaders } from './identity-headers.ts'

/** An extension server that could not be reached, was too slow, or said more than is read. */
export class ExtensionCallError extends Error {
  override name = 'ExtensionCallError'
}

class StaleConnection extends ExtensionCallError {}

export interface ExtensionRequest {
  method: string
  /** With the query. */
  path: string
  headers: OutgoingHttpHeaders
}

/** An answer that was read whole. */
export interface ExtensionAnswer {
  code: number
  contentType: string
  etag: string | undefined
  text: string
}

interface Fetch {
  path: string
  accept?: string
  etag?: string | undefined
}

/** Shorter than servers keep them, so that hardly any request meets a connection that is being closed. */
const IDLE_MS = 30_000
/** The watches of all clients are one each. */
const MAX_OPEN = 5_000
/** Upstream's limits on health checks and discovery. */
const FETCH_TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

const AGGREGATOR = { username: 'system:kube-aggregator', groups: [MASTERS] }

/**
 * Connections to extension servers: to an endpoint of the Service, showing the front-proxy certificate; theirs must be
 * for `NAME.NAMESPACE.svc`, signed by the `caBundle`, or by the authorities that Node knows where there is none.
 */
export class ExtensionClient implements Disposable {
  readonly #core: Core
  readonly #identity: () => Promise<KeyPair | undefined>
  // Connections are told apart by what they trust and show.
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_MS })
  #open = 0

  /** `identity` is the front-proxy certificate, where this server has one. */
  constructor(core: Core, identity: () => Promise<KeyPair | undefined>) {
    this.#core = core
    this.#identity = identity
  }

  /** A ready endpoint of its Service. Throws ApiError where there is none. */
  locate({ spec: { service } }: Extension): Endpoint {
    return serviceEndpoint(this.#core.store, service)
  }

  /** Yields how to begin requests to an extension server at an endpoint, which throws where too many are open. */
  async connector(
    { spec }: Extension,
    endpoint: Endpoint,
  ): Promise<(request: ExtensionRequest) => ClientRequest> {
    const identity = await this.#identity()
    const { service, caBundle, insecureSkipTLSVerify } = spec
    return ({ method, path, headers }) => {
      if (this.#open >= MAX_OPEN) {
        this.#core.hooks.limitHit?.('extension_requests')
        throw new ExtensionCallError(`${MAX_OPEN} requests to extension servers are open`)
      }
      this.#open++
      return request({
        method,
        path,
        headers,
        setHost: false,
        hostname: endpoint.host,
        port: endpoint.port,
        agent: this.#agent,
        servername: `${service.name}.${service.namespace}.svc`,
        rejectUnauthorized: !insecureSkipTLSVerify,
        ...(caBundle ? { ca: Buffer.from(caBundle, 'base64').toString() } : {}),
        ...(identity ? { cert: identity.certificate, key: identity.key } : {}),
      }).once('close', () => this.#open--)
    }
  }

  /** Reads something in the aggregator's own name. Throws ExtensionCallError in the words of Go's client. */
  async fetch(
    extension: Extension,
    endpoint: Endpoint,
    { path, accept, etag }: Fetch,
  ): Promise<ExtensionAnswer> {
    const open = await this.connector(extension, endpoint)
    const host = hostOf(endpoint)
    const url = urlAt(endpoint, path)
    const headers = {
      host,
      'user-agent': 'kube-aggregator',
      ...(accept === undefined ? {} : { accept }),
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...identityHeaders(AGGREGATOR),
    }
    const begin = () => open({ method: 'GET', path, headers })
    return this.#read(begin, url).catch(error => {
      // A connection that was kept may have been closed at the other end just then.
      if (error instanceof StaleConnection) return this.#read(begin, url)
      throw error
    })
  }

  #read(begin: () => ClientRequest, url: string): Promise<ExtensionAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = begin()
      const fail = (why: string, cause?: unknown) => {
        const isStale = outgoing.reusedSocket && why === 'EOF'
        const kind = isStale ? StaleConnection : ExtensionCallError
        reject(new kind(`Get ${JSON.stringify(url)}: ${why}`, { cause }))
      }
      const limit = this.#core.clock.after(FETCH_TIMEOUT_MS, () => {
        fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
        outgoing.destroy()
      })
      outgoing.on('close', () => limit[Symbol.dispose]())
      outgoing.on('error', error => fail(goReason(error), error))
      outgoing.on('response', response => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size <= MAX_ANSWER_BYTES) chunks.push(chunk)
          else {
            this.#core.hooks.limitHit?.('extension_answer')
            fail(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
            outgoing.destroy()
          }
        })
        response.on('error', error => fail(goReason(error), error))
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            etag: response.headers.etag,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      })
      outgoing.end()
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

export const urlAt = (endpoint: Endpoint, path: string): string => `https://${hostOf(endpoint)}${path}`

/** As it stands in a URL. */
export const hostOf = ({ host, port }: Endpoint): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`
