import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import type { Logger } from '../../kernel/log.ts'
import { followedOf, watchMany } from './watch-many.ts'
import { loadStaticFiles, type StaticFile } from './static-files.ts'

export interface ConsoleOptions {
  host: string
  port: number
  /** The folder of the built pages. */
  folder: string
  /** The API server's URL and its CA in PEM. */
  api: { url: string; ca: string | undefined }
  /** URLs of other listeners that pages may ask, by first path segment; undefined while one is not up. */
  upstream(name: 'prometheus' | 'git'): string | undefined
  log: Logger
}

export interface RunningConsole extends AsyncDisposable {
  url: string
}

const MAX_BODY_BYTES = 3 * 1024 * 1024
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Serves the pages and passes their requests on to the API with the browser's own bearer token: the console has no
 * privilege of its own. Requests under another host name are refused, so that a foreign page cannot reach it by
 * rebinding its name to this address.
 */
export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const files = loadStaticFiles(options.folder)
  const agent = new Agent({ keepAlive: true, ca: options.api.ca })
  const server = createServer({ maxHeaderSize: 32 * 1024, requestTimeout: 0 }, (request, response) => {
    if (!isOwnHost(request.headers.host, options.host)) {
      refuse(response, 421, 'this console answers only under its own address')
      return
    }
    const path = request.url ?? '/'
    if (path.startsWith('/-/watch?')) watch(request, response, { base: options.api.url, agent })
    else if (/^\/(api|apis|version|openapi)(\/|\?|$)/.test(path))
      forward(request, response, { base: options.api.url, path, agent })
    else if (path.startsWith('/prometheus/') || path.startsWith('/git/')) {
      const name = path.startsWith('/git/') ? 'git' : 'prometheus'
      const base = options.upstream(name)
      if (base) forward(request, response, { base, path: path.slice(name.length + 1) })
      else refuse(response, 503, `${name} is not running`)
    } else serveFile(request, response, files)
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  options.log.info({ port }, 'console listens')
  return {
    url: `http://${options.host}:${port}`,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function watch(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: { base: string; agent: Agent },
): void {
  try {
    const followed = followedOf(new URL(request.url ?? '', 'http://console').searchParams)
    watchMany(request, response, { followed, upstream })
  } catch (error) {
    refuse(response, 400, (error as Error).message)
  }
}

function isOwnHost(host: string | undefined, listening: string): boolean {
  const name = host?.replace(/:\d+$/, '')
  return name === listening || name === 'localhost' || name === '127.0.0.1' || name === '[::1]'
}

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(`${message}\n`)
}

interface Target {
  base: string
  path: string
  agent?: Agent
}

/** Streams one request to another server and its answer back. */
function forward(request: IncomingMessage, response: ServerResponse, { base, path, agent }: Target): void {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    refuse(response, 413, `a request body may have ${MAX_BODY_BYTES} bytes at most`)
    return
  }
  const url = new URL(base)
  const headers: Record<string, string | string[] | undefined> = {}
  for (const name of ['accept', 'authorization', 'content-type', 'content-length', 'transfer-encoding'])
    if (request.headers[name] !== undefined) headers[name] = request.headers[name]
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = send(
    { host: url.hostname, port: url.port, method: request.method, path, headers, agent },
    answer => {
      response.writeHead(answer.statusCode ?? 502, pickHeaders(answer))
      response.flushHeaders()
      pipeline(answer, response, () => {})
    },
  )
  outgoing.on('error', error => {
    if (!response.headersSent) refuse(response, 502, `the upstream did not answer: ${error.message}`)
    else response.destroy()
  })
  response.on('close', () => outgoing.destroy())
  pipeline(request, outgoing, () => {})
}

function pickHeaders(answer: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'cache-control': 'no-store' }
  for (const name of ['content-type', 'content-length', 'warning', 'www-authenticate']) {
    const value = answer.headers[name]
    if (value !== undefined) headers[name] = value
  }
  return headers
}

function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, StaticFile>,
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405, 'only GET is answered here')
    return
  }
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const isFile = /\.[a-z]+$/.test(path)
  // Pages have their state in the URL: any path that is not a file is the one page.
  const file = files.get(isFile ? path : '/index.html')
  if (!file) {
    refuse(response, 404, 'no such file')
    return
  }
  const headers: Record<string, string> = {
    'content-type': file.type,
    etag: file.etag,
    'cache-control': 'no-cache',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    vary: 'accept-encoding',
  }
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = zipped ? file.gzipped : file.body
  response.writeHead(200, {
    ...headers,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    'content-length': body.length,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
