import type { IncomingMessage, ServerResponse } from 'node:http'
import { apiError } from '../../kube/status.ts'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { AuditRecord } from '../audit/auditor.ts'
import type { Core } from '../pipeline/core.ts'
import type { UserInfo } from '../request.ts'
import type { Connectors } from './connector.ts'
import type { Discovery } from './discovery.ts'
import type { OpenapiDocuments } from './openapi-documents.ts'
import { requireAccess, takeSeat } from './access.ts'
import { Departure } from './departure.ts'
import { openidDocument } from './openid.ts'
import { RequestAborted } from './body.ts'
import { wantsPretty } from './pretty.ts'
import { asApiError, send, sendError, sendJson, sendPageNotFound } from './reply.ts'
import { SNAPSHOT_PATH, sendSnapshot } from './snapshot.ts'
import { handleResource } from './resource-handler.ts'
import { verbOf } from './request-attributes.ts'
import { withinDeadline } from './request-deadline.ts'
import { parseResourcePath, type ResourcePath } from './route.ts'
import type { Upgrade } from './upgrade.ts'
import { isBelowBuiltinGroup } from './builtin-group.ts'
import { versionInfo } from './version.ts'

export interface HandlerParts {
  core: Core
  aggregator: Aggregator
  discovery: Discovery
  openapi: OpenapiDocuments
  connectors: Connectors
}

interface Arrival {
  request: IncomingMessage
  response: ServerResponse
  /** Present when the client asks to speak another protocol on its connection. */
  upgrade: Upgrade | undefined
}

/** One request while it is answered. */
export class Exchange implements HandlerParts, Arrival {
  readonly core: Core
  readonly aggregator: Aggregator
  readonly discovery: Discovery
  readonly openapi: OpenapiDocuments
  readonly connectors: Connectors
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly upgrade: Upgrade | undefined
  readonly path: string
  /** The resource that the path names, if it does. */
  readonly target: ResourcePath | undefined
  /** Admission may change what a connection is opened with. */
  query: URLSearchParams
  /** Where the audit policy wants a record of the request. */
  audit: AuditRecord | undefined
  readonly #departure: Departure

  constructor(parts: HandlerParts, { request, response, upgrade }: Arrival) {
    this.core = parts.core
    this.aggregator = parts.aggregator
    this.discovery = parts.discovery
    this.openapi = parts.openapi
    this.connectors = parts.connectors
    this.request = request
    this.response = response
    this.upgrade = upgrade
    const { url = '/' } = request
    const mark = url.indexOf('?')
    this.path = mark < 0 ? url : url.slice(0, mark)
    this.query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark))
    this.target = parseResourcePath(this.path)
    this.#departure = new Departure(response, upgrade)
  }

  /** Aborts when the client goes before its answer is whole. */
  get signal(): AbortSignal {
    return this.#departure.signal
  }

  get isAbandoned(): boolean {
    return this.#departure.isGone
  }
}

/** Shared by all requests without one: nobody adds to a query. */
const NO_QUERY = new URLSearchParams()

/** Answers one request, whatever happens. */
export async function handle(
  parts: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
  upgrade?: Upgrade,
): Promise<void> {
  const { core } = parts
  const started = core.clock.elapsed()
  const exchange = new Exchange(parts, { request, response, upgrade })
  let label = { verb: request.method ?? '', resource: '' }
  try {
    label = (await withinDeadline(exchange, () => answer(exchange))) ?? label
    exchange.audit?.end(response.statusCode, undefined)
  } catch (error) {
    if (error instanceof RequestAborted || exchange.isAbandoned) return
    const failure = asApiError(error, core.log)
    exchange.audit?.end(failure.code, failure.status)
    // What is left of a body that was not read cannot be told from a next request.
    if (!request.complete) response.setHeader?.('connection', 'close')
    sendError(response, failure)
  }
  core.hooks.request?.(label.verb, label.resource, response.statusCode, core.clock.elapsed() - started)
}

/** Yields what the request was, for metrics, where that is a resource. */
async function answer(exchange: Exchange): Promise<{ verb: string; resource: string } | undefined> {
  const access = await requireAccess(exchange)
  const leave = await takeSeat(exchange, access)
  try {
    return await answerAllowed(exchange, access.user)
  } finally {
    leave?.()
  }
}

async function answerAllowed(
  exchange: Exchange,
  user: UserInfo,
): Promise<{ verb: string; resource: string } | undefined> {
  const { core, aggregator, discovery, openapi, path, target, query, request, response } = exchange
  const elsewhere = aggregator.serve(exchange, user)
  if (elsewhere) {
    await elsewhere
    return target && { verb: verbOf(request.method ?? '', target, query), resource: target.plural }
  }
  if (target) return handleResource(exchange, target, user)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw apiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return health(exchange)
  if (path === '/version' || path === '/version/') {
    sendJson(response, 200, JSON.stringify(versionInfo, undefined, 2))
    return undefined
  }
  if (path === '/metrics' && core.hooks.metricsText) {
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await core.hooks.metricsText())
    return undefined
  }
  if (path === SNAPSHOT_PATH) {
    await sendSnapshot(core, response)
    return undefined
  }
  const keys = openidDocument(core, path)
  if (keys) {
    response.setHeader('cache-control', 'public, max-age=3600')
    send(response, 200, keys.contentType, keys.content)
    return undefined
  }
  const place = path.replace(/(.)\/$/, '$1')
  const document =
    openapi.document(place, request.headers.accept ?? '') ??
    discovery.document(place, request.headers.accept ?? '')
  if (!document) {
    if (isBelowBuiltinGroup(core.registry, path))
      throw apiError('NotFound', 'the server could not find the requested resource', {})
    sendPageNotFound(response)
    return undefined
  }
  response.setHeader('etag', document.etag)
  response.setHeader('vary', 'Accept')
  if (request.headers['if-none-match'] === document.etag) {
    response.writeHead(304)
    response.end()
  } else if (wantsPretty(query, request.headers['user-agent']) && typeof document.content === 'string') {
    send(
      response,
      200,
      document.contentType,
      `${JSON.stringify(JSON.parse(document.content), undefined, 2)}\n`,
    )
  } else send(response, 200, document.contentType, document.content)
  return undefined
}

/** What is looked at, and what is wrong with it. The process answers, so it lives; it is ready while it can store. */
const checks: Record<string, (core: Core) => string | undefined> = {
  ping: () => undefined,
  storage: ({ store }) => store.failure?.message,
}

function health({ core, path, query, response }: Exchange): undefined {
  const [, kind = '', name] = path.split('/')
  const chosen = Object.entries(checks).filter(([check]) =>
    name ? check === name : kind === 'readyz' || check === 'ping',
  )
  if (chosen.length === 0) throw apiError('NotFound', `there is no check named ${JSON.stringify(name)}`)
  const results = chosen.map(([check, look]) => ({ check, problem: look(core) }))
  const isGood = results.every(({ problem }) => problem === undefined)
  const lines = results.map(({ check, problem }) =>
    problem ? `[-]${check} failed: ${problem}` : `[+]${check} ok`,
  )
  const text = [...lines, `${kind} check ${isGood ? 'passed' : 'failed'}`, ''].join('\n')
  send(
    response,
    isGood ? 200 : 500,
    'text/plain; charset=utf-8',
    isGood && !query.has('verbose') ? 'ok' : text,
  )
  return undefined
}
