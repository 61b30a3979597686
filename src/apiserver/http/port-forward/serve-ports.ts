import type { KubeObject } from '../../../kube/object.ts'
import { apiError } from '../../../kube/status.ts'
import type { PortConnector } from '../connector.ts'
import type { Exchange } from '../handler.ts'
import { acceptSpdy } from '../spdy/accept.ts'
import { wantedUpgrade } from '../upgrade.ts'
import { acceptWebSocket, chooseProtocol } from '../websocket/accept.ts'
import { forwardStreams, serveSession } from './spdy-ports.ts'
import { forwardChannels, portsOf } from './websocket-ports.ts'

const SPDY_PROTOCOL = 'portforward.k8s.io'
/** KEP-4006: SPDY frames in the messages of a WebSocket. */
const TUNNEL = `SPDY/3.1+${SPDY_PROTOCOL}`
const WEBSOCKET_PROTOCOLS = [TUNNEL, 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io']

/** Answers portforward over the protocol that the client asks for, until it goes. */
export async function servePorts(
  exchange: Exchange,
  connector: PortConnector,
  object: KubeObject,
): Promise<void> {
  const { core, request, query } = exchange
  connector.requirePorts(object)
  const { namespace, name } = object.metadata
  const portsFor = (signal: AbortSignal) => ({
    clock: core.clock,
    pod: `${namespace}/${name}`,
    connect: (port: number) => connector.connect(object, port, signal),
    limitHit: (limit: string) => core.hooks.limitHit?.(limit),
  })
  switch (wantedUpgrade(request)) {
    case 'websocket': {
      const isTunnel = chooseProtocol(request, WEBSOCKET_PROTOCOLS) === TUNNEL
      const ports = isTunnel ? [] : portsOf(query)
      using accepted = await acceptWebSocket(exchange, WEBSOCKET_PROTOCOLS)
      const { webSocket, signal } = accepted
      if (isTunnel) {
        const { createWebSocketStream } = await import('ws')
        await serveSession(createWebSocketStream(webSocket), portsFor(signal))
      } else await forwardChannels(accepted, { ...portsFor(signal), ports })
      return
    }
    case 'spdy/3.1': {
      using accepted = acceptSpdy(exchange, {
        protocols: [SPDY_PROTOCOL],
        // Not before the session runs.
        accept: stream => forward(stream),
      })
      const forward = forwardStreams(portsFor(accepted.signal))
      await accepted.session.run()
      return
    }
    default:
      throw apiError('BadRequest', 'Upgrade request required')
  }
}
