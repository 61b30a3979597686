import { request as httpsRequest } from 'node:https'
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import type { Status } from '../../kube/generated/meta-v1.ts'
import { ApiError, apiError } from '../../kube/status.ts'
import type { Clock } from '../clock.ts'
import { authorizationHeaders } from './authorization-headers.ts'
import type { ClusterAccess, Proof } from './cluster-access.ts'
import { ClusterConnections } from './cluster-connections.ts'
import { readAll } from './read-all.ts'
import { retryAfterMs } from './retry-after.ts'

/** client-go's: a server that is too busy is asked again so often. */
const MAX_RETRIES = 10
/** A little more than a kube-apiserver takes for any request that is not a watch. */
const ANSWER_TIMEOUT_MS = 70_000

export interface HttpCall {
  method: string
  path: string
  body?: unknown
  contentType?: string
  signal?: AbortSignal
  /** After so long without a byte the connection is given up; undefined: never. */
  silenceMs?: number
}

/**
 * HTTPS to an API server, with connection reuse. Failures come back as ApiError, made from the Status in the body. A
 * proof that is refused is asked for once more, and a server that is too busy is asked again when it says so.
 */
export class HttpTransport implements Disposable {
  readonly #access: ClusterAccess
  readonly #userAgent: string
  readonly #clock: Clock
  readonly #connections: ClusterConnections

  constructor(access: ClusterAccess, userAgent: string, clock: Clock) {
    this.#access = access
    this.#connections = new ClusterConnections(access)
    this.#userAgent = userAgent
    this.#clock = clock
  }

  /** Sends and returns the response with its body unread; statuses of 400 and above throw. */
  async open(call: HttpCall): Promise<IncomingMessage> {
    let isRenewed = false
    for (let retries = 0; ; ) {
      const proof = await this.#connections.proof()
      const response = await this.#send(call, proof)
      const code = response.statusCode ?? 0
      if (code < 400) return response
      const text = await readAll(response)
      if (code === 401 && this.#access.credentials && !isRenewed) {
        this.#access.credentials.refused(proof)
        isRenewed = true
        continue
      }
      const waitMs = retryAfterMs(code, response.headers['retry-after'])
      if (waitMs === undefined || retries >= MAX_RETRIES) throw errorFrom(call, code, text)
      retries++
      await this.#clock.sleep(waitMs, call.signal)
    }
  }

  /** The parsed JSON body. */
  async json(call: HttpCall): Promise<unknown> {
    const response = await this.open({ silenceMs: ANSWER_TIMEOUT_MS, ...call })
    return JSON.parse(await readAll(response))
  }

  async #send(call: HttpCall, proof: Proof): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(call, proof)
    } catch (error) {
      // The server closed an idle connection at the moment it was used again: nothing was read of the request.
      if (!(error instanceof StaleConnection)) throw error
      return this.#sendOnce(call, proof)
    }
  }

  #sendOnce(call: HttpCall, proof: Proof): Promise<IncomingMessage> {
    const { server, impersonate } = this.#access
    const url = new URL(server + call.path)
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const headers: Record<string, string | string[]> = {
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...authorizationHeaders(proof, impersonate),
    }
    if (body !== undefined) {
      headers['content-type'] = call.contentType ?? 'application/json'
      headers['content-length'] = String(Buffer.byteLength(body))
    }
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest
    const agent = this.#connections.agentFor(proof)
    return new Promise((resolve, reject) => {
      const { method, signal, silenceMs } = call
      const outgoing: ClientRequest = send(
        url,
        { method, headers, agent, signal, ...(silenceMs === undefined ? {} : { timeout: silenceMs }) },
        resolve,
      )
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`${method} ${url.href}: silent for ${silenceMs} ms`)),
      )
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (signal?.aborted) reject(signal.reason)
        else if (outgoing.reusedSocket && error.code === 'ECONNRESET') reject(new StaleConnection())
        else reject(error)
      })
      outgoing.end(body)
    })
  }

  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]()
  }
}

class StaleConnection extends Error {
  override name = 'StaleConnection'
}

function errorFrom(call: HttpCall, code: number, text: string): ApiError {
  let status: unknown
  try {
    status = JSON.parse(text)
  } catch {
    // A path of a group that is not served is answered with text, as upstream's 404.
    const reason = code === 404 ? 'NotFound' : 'InternalError'
    return apiError(reason, `${call.method} ${call.path}: HTTP ${code}: ${text.slice(0, 200).trim()}`)
  }
  if (typeof status === 'object' && status !== null && 'kind' in status && status.kind === 'Status')
    return new ApiError({ code, ...(status as Status) })
  return apiError('InternalError', `${call.method} ${call.path}: HTTP ${code}`)
}
