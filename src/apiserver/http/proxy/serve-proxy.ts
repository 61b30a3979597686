import { request as httpRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { apiError } from '../../../kube/status.ts'
import type { Exchange } from '../handler.ts'
import type { BackendName } from './backend-name.ts'
import { forward } from './forward.ts'
import { withoutHops } from './forwarded-headers.ts'
import type { Backend } from './locate-backend.ts'
import { rewriteLocation } from './rewrite-location.ts'

/** The path up to `/proxy`, and what follows it. */
const PLACE = /^((?:\/[^/]+)+?\/(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)?$/

/** Passes a request on to a pod or service and its answer back. Throws ApiError before anything is answered. */
export async function serveProxy(
  exchange: Exchange,
  { scheme }: BackendName,
  backend: Backend,
): Promise<void> {
  const { request, response, path, signal, upgrade } = exchange
  const [, prefix = path, rest = ''] = PLACE.exec(path) ?? []
  const search = request.url?.slice(path.length) ?? ''
  const { method = 'GET' } = request
  if (rest === '' && !upgrade && (method === 'GET' || method === 'HEAD')) {
    // Relative links in the answer would lead astray otherwise.
    response.writeHead(301, { location: `${path}/${search}` }).end()
    return
  }
  const socket = await backend.connect(signal).catch(error => {
    throw unreachable(error)
  })
  const host = request.headers.host ?? String(request.headers[':authority'] ?? '')
  await forward(exchange, {
    path: `${rest || '/'}${search}`,
    host,
    open: options =>
      httpRequest({
        ...options,
        setHost: false,
        createConnection: () =>
          (scheme === 'https' ? overTls(socket) : socket) as ReturnType<typeof connectTls>,
      }),
    answerHeaders(headers) {
      const kept = withoutHops(headers)
      const { location } = headers
      if (location !== undefined)
        kept['location'] = rewriteLocation(location, { prefix, host, backend: backend.host })
      return kept
    },
  }).catch(error => {
    throw unreachable(error)
  })
}

/** As upstream's proxy: a backend in the cluster shows whatever certificate it has. */
const overTls = (socket: Duplex) => connectTls({ socket, rejectUnauthorized: false })

const unreachable = (error: unknown) =>
  apiError('ServiceUnavailable', `error trying to reach service: ${(error as Error).message}`)
