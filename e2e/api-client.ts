import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import type { Drave } from './drave.ts'

export interface ApiAnswer {
  code: number
  headers: IncomingMessage['headers']
  text: string
  // Of an answer in JSON: a Status or an object.
  json<T = Record<string, unknown>>(): T
}

export interface ApiCall {
  type?: string
  body?: string | Buffer | object
  headers?: Record<string, string>
}

/** Requests to a stack's API as its administrator, without any client between. */
export class ApiClient implements Disposable {
  readonly #drave: Drave
  readonly #agent: Agent

  constructor(drave: Drave) {
    this.#drave = drave
    this.#agent = new Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false })
  }

  /** Resolves at the head of the answer; its body is not read. */
  open(method: string, path: string, { type, body, headers = {} }: ApiCall = {}): Promise<IncomingMessage> {
    const bytes = typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body
    const authorization = `Bearer ${readFileSync(join(this.#drave.dataDir, 'token'), 'utf8').trim()}`
    const contentType = bytes === undefined ? {} : { 'content-type': type ?? 'application/json' }
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#drave.endpoint('kubernetes') + path, {
        method,
        agent: this.#agent,
        headers: { authorization, ...contentType, ...headers },
      })
      outgoing.on('response', resolve)
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })
  }

  async call(method: string, path: string, call?: ApiCall): Promise<ApiAnswer> {
    const response = await this.open(method, path, call)
    let text = ''
    response.setEncoding('utf8')
    for await (const chunk of response) text += chunk
    return {
      code: response.statusCode ?? 0,
      headers: response.headers,
      text,
      json: <T>() => JSON.parse(text) as T,
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
