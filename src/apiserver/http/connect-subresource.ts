import { apiError, notFound } from '../../kube/status.ts'
import { namespaceOf } from '../pipeline/target.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs } from '../resources/served.ts'
import type { UserInfo } from '../request.ts'
import { admitConnection } from './admit-connection.ts'
import type { Exchange } from './handler.ts'
import { streamText } from './log-stream.ts'
import { servePorts } from './port-forward/serve-ports.ts'
import { parseBackendName } from './proxy/backend-name.ts'
import { locateBackend } from './proxy/locate-backend.ts'
import { serveNodeProxy } from './proxy/serve-node-proxy.ts'
import { serveProxy } from './proxy/serve-proxy.ts'
import { serveCommand } from './remote-command/serve-command.ts'
import type { ResourcePath } from './route.ts'
import { wantedUpgrade } from './upgrade.ts'
import { streamTextMessages } from './websocket/text-messages.ts'

/** Answers subresources that lead to where an object runs: log, exec, attach, portforward, proxy. False for all others. */
export async function connectSubresource(
  exchange: Exchange,
  resource: Resource,
  { path, user }: { path: ResourcePath; user: UserInfo },
): Promise<boolean> {
  const { request, response, connectors } = exchange
  const { subresource, name = '' } = path
  if (!subresource || resource.group !== '') return false
  const label = `${resource.plural}/${subresource}`
  const ports = connectors.ports?.[label]
  const query = await admitConnection(exchange, resource, { path, user })
  exchange.query = query
  if (subresource === 'proxy' && ports) {
    const backend = parseBackendName(name)
    if (!backend) throw apiError('BadRequest', `invalid ${resource.singular} request "${name}"`)
    const namespace = namespaceOf(resource, path.namespace)
    const place = { core: exchange.core, connector: ports, resource, namespace }
    await serveProxy(exchange, backend, locateBackend(place, backend))
    return true
  }
  const isGet = request.method === 'GET'
  if (label === 'nodes/proxy' && connectors.nodes) {
    await serveNodeProxy(exchange, connectors.nodes, path)
    return true
  }
  const object = () => {
    const stored = exchange.core.store.get(resource.storageName, namespaceOf(resource, path.namespace), name)
    if (!stored) throw notFound(resource, name)
    return objectAs(resource, stored)
  }
  const text = connectors.text?.[label]
  if (text && isGet) {
    const chunks = text.read(object(), query, exchange.signal)
    if (wantedUpgrade(request) === 'websocket') await streamTextMessages(exchange, chunks)
    else {
      exchange.audit?.stage('ResponseStarted')
      await streamText({ chunks, query, response })
    }
    return true
  }
  if (!isGet && request.method !== 'POST') return false
  const command = connectors.commands?.[label]
  if (command) await serveCommand(exchange, command, object())
  else if (ports) await servePorts(exchange, ports, object())
  return command !== undefined || ports !== undefined
}
