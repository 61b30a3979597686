import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { cityOf } from './data/cities.mjs'
import { tourAt } from './editions.mjs'
import { cookiesOf, HttpError } from './http.mjs'
import { Metrics } from './metrics.mjs'
import { bareProblem, problem } from './pages/problem.mjs'
import { routes } from './routes.mjs'
import { RsvpStore } from './rsvp-store.mjs'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const types = /** @type {Record<string, string>} */ ({ css: 'text/css; charset=utf-8', svg: 'image/svg+xml' })
const folder = new URL('public/', import.meta.url)
/** Everything in `public/`, read once. */
const statics = new Map(
  readdirSync(folder).map(name => [
    `/static/${name}`,
    {
      type: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      body: readFileSync(new URL(name, folder)),
    },
  ]),
)

const patterns = routes.map(([method, path, handle]) => ({
  method,
  path,
  handle,
  pattern: new RegExp(`^${path.replace(/\./g, '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}))

const SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

/**
 * The site as an HTTP server that is not listening yet.
 * @param {{ log: import('./log.mjs').Log, now?: () => number, dataDir?: string | undefined, drawSecret?: string | undefined }} options
 */
export function createSite({ log, now = Date.now, dataDir, drawSecret = 'portage-demo' }) {
  const metrics = new Metrics()
  const store = new RsvpStore({ dataDir, now })
  const state = { isReady: true }

  /** @param {import('node:http').IncomingMessage} request @param {URL} url @param {Record<string, string>} params @returns {import('./layout.mjs').Context} */
  const contextOf = (request, url, params) => {
    const cookies = cookiesOf(request)
    const at = now()
    return {
      request,
      url,
      params,
      cookies,
      home: cityOf(url.searchParams.get('city') ?? cookies['home'])?.id,
      now: at,
      tour: tourAt(at),
      store,
      metrics,
      version,
      drawSecret,
    }
  }

  /** @param {import('node:http').IncomingMessage} request @param {URL} url @returns {Promise<{ route: string, reply: import('./http.mjs').Reply }>} */
  async function answer(request, url) {
    if (url.pathname === '/healthz') return plain('healthz', 200, 'ok\n')
    if (url.pathname === '/readyz')
      return plain('readyz', state.isReady ? 200 : 503, state.isReady ? 'ready\n' : 'stopping\n')
    if (url.pathname === '/metrics')
      return {
        route: '/metrics',
        reply: { type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics.text(version) },
      }
    const file = statics.get(url.pathname)
    if (file)
      return { route: url.pathname, reply: { ...file, headers: { 'cache-control': 'public, max-age=3600' } } }
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const matches = patterns.filter(({ pattern }) => pattern.test(url.pathname))
    const found = matches.find(candidate => candidate.method === method)
    const route = found?.path ?? matches[0]?.path ?? 'unknown'
    const context = contextOf(request, url, decoded(found?.pattern.exec(url.pathname)?.groups ?? {}))
    try {
      if (!found && matches.length > 0) throw new HttpError(405, 'This page does not take that.')
      if (!found) throw new HttpError(404, 'There is no page under this address.')
      return { route, reply: await found.handle(context) }
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500
      if (status === 500)
        log('error', 'page failed', {
          route,
          error: String(error),
          stack: /** @type {Error} */ (error).stack,
        })
      const message =
        error instanceof HttpError
          ? error.message
          : 'Something broke on our side. It is in the log, and in the error rate.'
      return { route, reply: safely(() => problem(context, status, message), bareProblem(status, message)) }
    }
  }

  const server = createServer(async (request, response) => {
    const started = performance.now()
    const url = new URL(
      URL.canParse(request.url ?? '', 'http://localhost') ? (request.url ?? '/') : '/',
      'http://localhost',
    )
    const { route, reply } = await answer(request, url)
    const { status = 200, type = 'text/plain; charset=utf-8', body, headers = {}, cookies = [] } = reply
    const bytes = Buffer.from(body)
    response.writeHead(status, {
      'content-type': type,
      'content-length': bytes.length,
      'x-meetups-version': version,
      ...SECURITY,
      ...(status === 405 ? { allow: 'GET, HEAD, POST' } : {}),
      ...headers,
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
    const ms = performance.now() - started
    if (url.pathname === '/healthz' || url.pathname === '/readyz' || url.pathname === '/metrics') return
    metrics.request(route, status, ms / 1000)
    log(status >= 500 ? 'error' : 'info', 'request', {
      method: request.method,
      path: url.pathname,
      route,
      status,
      ms: Math.round(ms * 100) / 100,
    })
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 20_000
  return {
    server,
    version,
    /** Makes /readyz answer 503, so that no new visitors are sent here. */
    drain() {
      state.isReady = false
    },
  }
}

/** @param {string} route @param {number} status @param {string} body */
const plain = (route, status, body) => ({ route, reply: { status, body } })

/** @param {Record<string, string>} groups */
const decoded = groups =>
  Object.fromEntries(
    Object.entries(groups).map(([name, value]) => {
      try {
        return [name, decodeURIComponent(value)]
      } catch {
        return [name, value]
      }
    }),
  )

/** @template T @param {() => T} attempt @param {T} otherwise */
function safely(attempt, otherwise) {
  try {
    return attempt()
  } catch {
    return otherwise
  }
}
