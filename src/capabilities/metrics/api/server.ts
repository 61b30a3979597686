import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../../kernel/log.ts'
import { asApiError, badData, PrometheusApiError } from './api-error.ts'
import { Parameters } from './parameters.ts'
import { type ApiParts, type Reply, ROUTES } from './routes.ts'

const MAX_BODY_BYTES = 1 << 20
const CHUNK_LENGTH = 64 << 10
const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/

/** Prometheus' HTTP API on a listener of its own. */
export class PrometheusServer implements AsyncDisposable {
  readonly #parts: ApiParts
  readonly #log: Logger
  readonly #server: Server

  constructor(parts: ApiParts, log: Logger) {
    this.#parts = parts
    this.#log = log
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(error => this.#log.warn({ error }, 'an answer was not sent'))
    })
  }

  /** Listens; yields the port, which the system chose when `port` is 0. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    // A server that listens on a port has an address of this shape.
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers
    if (origin && LOOPBACK_ORIGIN.test(origin)) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('vary', 'Origin')
    }
    try {
      const reply = await this.#reply(request)
      if (reply.kind === 'text') {
        response.setHeader('content-type', reply.contentType)
        response.end(reply.body)
      } else await sendData(response, reply)
    } catch (error) {
      const failure = asApiError(error)
      if (failure.type === 'internal') this.#log.error({ error }, 'a request for metrics failed')
      if (response.headersSent) {
        response.destroy()
        return
      }
      response.statusCode = failure.status
      if (failure.status === 413) response.setHeader('connection', 'close')
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ status: 'error', errorType: failure.type, error: failure.message }))
    }
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://drave')
    const { method = 'GET' } = request
    for (const [pattern, route] of ROUTES) {
      const path = pattern.exec(pathname)
      if (!path) continue
      if (method !== 'GET' && method !== 'POST')
        throw new PrometheusApiError('bad_data', `method ${method} is not allowed here`, 405)
      if (method === 'POST')
        for (const [name, value] of await readForm(request)) searchParams.append(name, value)
      return route(this.#parts, new Parameters(searchParams), path)
    }
    throw new PrometheusApiError('not_found', `there is no ${pathname}`)
  }
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? ''
  if (type !== '' && !type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    // Without an encoding, a request's stream yields buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > MAX_BODY_BYTES)
      throw new PrometheusApiError('bad_data', `the body is larger than ${MAX_BODY_BYTES} bytes`, 413)
    chunks.push(bytes)
  }
  const form = Buffer.concat(chunks).toString('utf8')
  if (form.includes('\0')) throw badData('the form has a NUL character')
  return new URLSearchParams(form)
}

/** Sends the envelope in pieces, so that a large answer is not in memory twice. */
async function sendData(response: ServerResponse, reply: Extract<Reply, { kind: 'data' }>): Promise<void> {
  response.setHeader('content-type', 'application/json')
  let pending = '{"status":"success","data":'
  for (const piece of reply.data) {
    pending += piece
    if (pending.length < CHUNK_LENGTH) continue
    if (!response.write(pending)) await drained(response)
    if (response.destroyed) return
    pending = ''
  }
  if (reply.warnings.length > 0) pending += `,"warnings":${JSON.stringify(reply.warnings)}`
  if (reply.infos.length > 0) pending += `,"infos":${JSON.stringify(reply.infos)}`
  response.end(`${pending}}`)
}

/** Resolves when there is room again, or when the caller has gone. */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>(resolve => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
