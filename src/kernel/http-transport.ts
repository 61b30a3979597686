import { Agent, request as httpsRequest } from 'node:https'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import type { Status } from '../kube/generated/meta-v1.ts'
import { ApiError, apiError } from '../kube/status.ts'
import type { ClusterAccess } from './kubeconfig.ts'

const MAX_BODY_BYTES = 256 * 1024 * 1024

export interface HttpCall {
  method: string
  path: string
  body?: unknown
  contentType?: string
  signal?: AbortSignal
}

/** HTTPS to an API server, with connection reuse. Failures come back as ApiError, made from the Status in the body. */
export class HttpTransport implements Disposable {
  readonly #access: ClusterAccess
  readonly #agent: Agent
  readonly #userAgent: string

  constructor(access: ClusterAccess, userAgent: string) {
    this.#access = access
    this.#userAgent = userAgent
    this.#agent = new Agent({
      keepAlive: true,
      ca: access.ca,
      cert: access.clientCertificate,
      key: access.clientKey,
      rejectUnauthorized: !access.insecureSkipTlsVerify,
    })
  }

  /** Sends and returns the response with its body unread; statuses of 400 and above throw. */
  async open(call: HttpCall): Promise<IncomingMessage> {
    const response = await this.#send(call)
    const code = response.statusCode ?? 0
    if (code < 400) return response
    const text = await readAll(response)
    let status: unknown
    try {
      status = JSON.parse(text)
    } catch {
      // A path of a group that is not served is answered with text, as upstream's 404.
      const reason = code === 404 ? 'NotFound' : 'InternalError'
      throw apiError(reason, `${call.method} ${call.path}: HTTP ${code}: ${text.slice(0, 200)}`)
    }
    if (typeof status === 'object' && status !== null && 'kind' in status && status.kind === 'Status')
      throw new ApiError({ code, ...(status as Status) })
    throw apiError('InternalError', `${call.method} ${call.path}: HTTP ${code}`)
  }

  /** The parsed JSON body. */
  async json(call: HttpCall): Promise<unknown> {
    const response = await this.open(call)
    return JSON.parse(await readAll(response))
  }

  #send(call: HttpCall): Promise<IncomingMessage> {
    const { server, token } = this.#access
    const url = new URL(server + call.path)
    const body = call.body === undefined ? undefined : JSON.stringify(call.body)
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': this.#userAgent }
    if (token) headers.authorization = `Bearer ${token}`
    if (body !== undefined) {
      headers['content-type'] = call.contentType ?? 'application/json'
      headers['content-length'] = String(Buffer.byteLength(body))
    }
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest
    const agent = url.protocol === 'http:' ? undefined : this.#agent
    return new Promise((resolve, reject) => {
      const outgoing = send(url, { method: call.method, headers, agent, signal: call.signal }, resolve)
      outgoing.on('error', error => reject(call.signal?.aborted ? call.signal.reason : error))
      outgoing.end(body)
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      response.destroy()
      throw apiError('RequestEntityTooLarge', `the answer is larger than ${MAX_BODY_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
