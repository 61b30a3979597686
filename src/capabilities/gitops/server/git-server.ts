import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../../../kernel/log.ts'
import type { Git } from '../git/git-command.ts'
import type { LocalRepositories } from '../git/local-repositories.ts'
import { holdsToken } from './authorization.ts'
import { discardRest, HttpRefusal } from './request-body.ts'
import { advertise, isGitService, serve } from './smart-http.ts'

/** Answers requests under `/-/`, the server's JSON answers; resolves to undefined for a path it does not know. */
export type JsonAnswers = (path: readonly string[], query: URLSearchParams) => Promise<unknown>

export interface GitServerParts {
  git: Git
  local: LocalRepositories
  log: Logger
  tokenFile: string
  maxBodyBytes: number
  answers: JsonAnswers
  count(service: string, outcome: 'ok' | 'refused' | 'failed'): void
}

const MAX_CONNECTIONS = 512

/** Serves local repositories by Git's smart HTTP protocol: anybody may read, writing needs the stack's token. */
export class GitServer implements AsyncDisposable {
  readonly #parts: GitServerParts
  readonly #server: Server

  constructor(parts: GitServerParts) {
    this.#parts = parts
    this.#server = createServer({ headersTimeout: 10_000, requestTimeout: 600_000 }, (request, response) => {
      void this.#answer(request, response)
    })
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('drop', () => parts.count('connection', 'refused'))
  }

  /** Starts to listen and resolves to the real port. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    // A TCP server's address is never a string.
    return (this.#server.address() as AddressInfo).port
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, count } = this.#parts
    try {
      const service = await this.#route(request, response)
      count(service, 'ok')
    } catch (error) {
      const isRefusal = error instanceof HttpRefusal
      count('error', isRefusal ? 'refused' : 'failed')
      if (!isRefusal) log.warn({ err: error, path: request.url }, 'git request failed')
      if (response.headersSent) {
        response.destroy()
        return
      }
      const statusCode = isRefusal ? error.statusCode : 500
      const message = isRefusal ? error.message : 'internal error'
      response.writeHead(statusCode, {
        'content-type': 'text/plain; charset=utf-8',
        ...(statusCode === 401 ? { 'www-authenticate': 'Basic realm="drave"' } : {}),
        ...(request.complete ? {} : { connection: 'close' }),
      })
      response.end(`${message}\n`)
      // A client that is still sending may not read the answer before it has sent all.
      await discardRest(request, this.#parts.maxBodyBytes)
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<string> {
    const url = new URL(request.url ?? '/', 'http://git')
    const parts = url.pathname.split('/').slice(1).map(decode)
    if (parts[0] === '-') return await this.#answerJson(request, response, { parts: parts.slice(1), url })
    if (url.pathname === '/') return await this.#answerIndex(response)
    const { git, local, maxBodyBytes } = this.#parts
    const name = (parts[0] ?? '').replace(/\.git$/, '')
    const rest = parts.slice(1).join('/')
    const isAdvertisement = request.method === 'GET' && rest === 'info/refs'
    const service = isAdvertisement
      ? url.searchParams.get('service')
      : request.method === 'POST'
        ? rest
        : null
    if (!isGitService(service))
      throw new HttpRefusal(404, 'not found: this server speaks Git smart HTTP at /NAME.git only')
    if (!local.has(name))
      throw new HttpRefusal(404, `repository ${JSON.stringify(name).slice(0, 120)} does not exist`)
    if (service === 'git-receive-pack') await this.#requireToken(request)
    const exchange = { git, directory: local.directoryOf(name), service, request, response, maxBodyBytes }
    if (isAdvertisement) {
      await advertise(exchange)
      return 'advertise'
    }
    try {
      await serve(exchange)
    } finally {
      if (service === 'git-receive-pack') local.notify(name)
    }
    return service
  }

  async #requireToken(request: IncomingMessage): Promise<void> {
    if (!(await holdsToken(request.headers.authorization, this.#parts.tokenFile)))
      throw new HttpRefusal(
        401,
        'pushing needs the token of this stack as the password; `drave repo clone` sets that up',
      )
  }

  async #answerJson(
    request: IncomingMessage,
    response: ServerResponse,
    { parts, url }: { parts: readonly string[]; url: URL },
  ): Promise<string> {
    if (request.method !== 'GET') throw new HttpRefusal(405, 'only GET is supported here')
    const answer = await this.#parts.answers(parts, url.searchParams)
    if (answer === undefined) throw new HttpRefusal(404, 'not found')
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(answer))
    return 'json'
  }

  async #answerIndex(response: ServerResponse): Promise<string> {
    const names = await this.#parts.local.names()
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(names.map(name => `/${name}.git\n`).join(''))
    return 'index'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    this.#server.closeAllConnections()
    await closed
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new HttpRefusal(400, 'the path is not validly encoded')
  }
}
