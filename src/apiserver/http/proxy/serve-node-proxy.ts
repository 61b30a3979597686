import { apiError, notFound } from '../../../kube/status.ts'
import type { NodeConnector } from '../connector.ts'
import type { Exchange } from '../handler.ts'
import { streamText } from '../log-stream.ts'
import { send } from '../reply.ts'
import type { ResourcePath } from '../route.ts'
import { parseBackendName } from './backend-name.ts'

/** Answers `nodes/NAME/proxy/…`, where the name may have a scheme and a port, by who runs the node. Only reading is served. */
export async function serveNodeProxy(
  exchange: Exchange,
  connector: NodeConnector,
  { name = '', rest = '' }: ResourcePath,
): Promise<void> {
  const { core, request, response, query, signal } = exchange
  const backend = parseBackendName(name)
  if (!backend) throw apiError('BadRequest', `invalid node request "${name}"`)
  if (!core.store.get('/nodes', '', backend.name))
    throw notFound({ group: '', plural: 'nodes' }, backend.name)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw apiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
  const { code, contentType, body } = await connector.answer({
    node: backend.name,
    path: rest,
    query,
    signal,
  })
  if (typeof body === 'string') {
    send(response, code, contentType, body)
    return
  }
  exchange.audit?.stage('ResponseStarted')
  await streamText({ chunks: body, query, response })
}
