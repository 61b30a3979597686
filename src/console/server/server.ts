import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { urlToHttpOptions } from 'node:url'
import type { ConsoleApi, Passage } from '../../kernel/console-api.ts'
import type { Logger } from '../../kernel/log.ts'
import { followedOf, watchMany, type WatchUpstream } from './watch-many.ts'
import { loadStaticFiles, type StaticFile } from './static-files.ts'

export interface ConsoleOptions {
  host: string
  port: number
  /** The folder of the built pages. */
  folder: string
  /** Ended with the console. */
  api: ConsoleApi
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
 * Serves the pages and passes their requests on to the API for whoever it admits by the browser's bearer token: the
 * console has no privilege of its own. Requests under another host name are refused, so that a foreign page cannot reach it by
 * rebinding its name to this address.
 */
export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const files = loadStaticFiles(options.folder)
  const server = createServer({ maxHeaderSize: 32 * 1024, requestTimeout: 0 }, (request, response) => {
    if (!isOwnHost(request.headers.host, options.host)) {
      refuse(response, 421, 'this console answers only under its own address')
      return
    }
    const path = request.url ?? '/'
    if (/^\/-\/(watch\?|scope$)/.test(path) || /^\/(api|apis|version|openapi)(\/|\?|$)/.test(path))
      void askApi(request, response, options.api)
    else if (path.startsWith('/prometheus/') || path.startsWith('/git/')) {
      const name = path.startsWith('/git/') ? 'git' : 'prometheus'
      const base = options.upstream(name)
      if (base) forward(request, response, { base, path: path.slice(name.length + 1) })
      else refuse(response, 503, `${name} is not running in this process`)
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
      options.api[Symbol.dispose]()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function askApi(request: IncomingMessage, response: ServerResponse, api: ConsoleApi): Promise<void> {
  let passage: Passage | undefined
  try {
    passage = await api.admit(request.headers.authorization)
  } catch (error) {
    refuse(response, 502, `no credentials for ${api.url}: ${(error as Error).message}`)
    return
  }
  const path = request.url ?? '/'
  if (!passage) refuse(response, 401, 'this console is opened by the link that `drave console` prints')
  else if (path.startsWith('/-/watch?')) watch(request, response, { base: api.url, passage })
  else if (path === '/-/scope') sendJson(response, { namespaces: api.namespaces ?? null })
  else forward(request, response, { base: api.url, path, passage })
}

function watch(request: IncomingMessage, response: ServerResponse, upstream: WatchUpstream): void {
  try {
    const followed = followedOf(new URL(request.url ?? '', 'http://console').searchParams)
    watchMany(response, { followed, upstream })
  } catch (error) {
    refuse(response, 400, (error as Error).message)
  }
}

function isOwnHost(host: string | undefined, listening: string): boolean {
  const name = host?.replace(/:\d+$/, '')
  return name === listening || name === 'localhost' || name === '127.0.0.1' || name === '[::1]'
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(`${message}\n`)
}

interface Target {
  base: string
  path: string
  /** Of a request to the API server; others get the browser's own proof. */
  passage?: Passage
}

/** Streams one request to another server and its answer back. */
function forward(request: IncomingMessage, response: ServerResponse, { base, path, passage }: Target): void {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) {
    refuse(response, 413, `a request body may have ${MAX_BODY_BYTES} bytes at most`)
    return
  }
  const url = new URL(base.replace(/\/$/, ''))
  const prefix = url.pathname === '/' ? '' : url.pathname
  const headers: Record<string, string | string[] | undefined> = {}
  for (const name of ['accept', 'content-type', 'content-length', 'transfer-encoding'])
    if (request.headers[name] !== undefined) headers[name] = request.headers[name]
  const { authorization } = request.headers
  Object.assign(headers, passage?.headers ?? (authorization === undefined ? {} : { authorization }))
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const outgoing = send(
    {
      ...urlToHttpOptions(url),
      path: prefix + path,
      method: request.method,
      headers,
      ...(passage ? { agent: passage.agent } : {}),
    },
    answer => {
      if (answer.statusCode === 401 && passage?.refused()) {
        answer.resume()
        refuse(response, 502, `${base} no longer takes the credentials of the kubeconfig; ask again`)
        return
      }
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
