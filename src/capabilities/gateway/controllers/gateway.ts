import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { equalJson } from '../../../kube/copy.ts'
import { Namespace, Service } from '../../../kube/generated/core-v1.ts'
import { keyOf, parseKey } from '../../../kube/object.ts'
import { type GatewayView, parentGatewayKey } from '../config/attach.ts'
import { listenerKey, socketKey } from '../config/evaluate.ts'
import { gatewayStatus, type Listening, unservedConditions } from '../config/gateway-status.ts'
import { listenAddress, reachableAddress } from '../config/listen-address.ts'
import { isUsable } from '../config/listeners.ts'
import type { Problem } from '../config/problem.ts'
import { Gateway, type GatewayStatus } from '../kinds/generated/gateway.ts'
import { GatewayClass } from '../kinds/generated/gateway-class.ts'
import { HTTPRoute } from '../kinds/generated/http-route.ts'
import type { Plane } from '../plane.ts'
import { publishGatewayService } from './gateway-service.ts'
import { Published } from './published.ts'

/** A port that could not be opened is tried again after this long, then after twice as long, up to the last. */
const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000] as const

/** Opens and closes the ports of Gateways, publishes where they listen, and says so in their status. */
export function gatewayController(kernel: Kernel, plane: Plane): Controller {
  const gateways = kernel.informers.for(Gateway)
  const published = new Published(kernel.endpoints)
  const failures = new Map<string, number>()
  return {
    name: 'gateway',
    watches: [
      objectsOf(Gateway),
      mappedFrom(GatewayClass, ({ metadata }) =>
        gateways
          .list()
          .filter(gateway => gateway.spec.gatewayClassName === metadata.name)
          .map(keyOf),
      ),
      mappedFrom(HTTPRoute, route =>
        (route.spec.parentRefs ?? []).flatMap(ref => parentGatewayKey(route, ref) ?? []),
      ),
      ownedBy(Gateway, Service),
      mappedFrom(Namespace, () => gateways.list().filter(selectsNamespaces).map(keyOf)),
    ],
    async reconcile(key) {
      const evaluation = await plane.current()
      const gateway = gateways.get(key)
      const view = gateway && !gateway.metadata.deletionTimestamp ? evaluation.gateways.get(key) : undefined
      if (!gateway || !view) {
        closeUnused(plane, key, new Set())
        published.withdraw(key)
        failures.delete(key)
        if (gateway && !plane.classExists(gateway.spec.gatewayClassName))
          await write(kernel, gateway, unservedConditions(gateway, kernel.clock.now()))
        return
      }
      const listening = await listen(kernel, plane, view)
      published.publish(key, urlsOf(view, plane, listening))
      await publishService(kernel, plane, view, listening.addresses)
      // The view's object may be from before the last status.
      const status = gatewayStatus({ ...view, gateway }, listening, {
        attachedRoutes: name => evaluation.attachedRoutes.get(listenerKey(key, name)) ?? 0,
        nowMs: kernel.clock.now(),
      })
      await write(kernel, gateway, status)
      if ([...listening.ports.values()].every(problem => problem === undefined)) {
        failures.delete(key)
        return
      }
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      return { after: RETRY_MS[Math.min(count, RETRY_MS.length - 1)] ?? RETRY_MS[0] }
    },
  }
}

const selectsNamespaces = (gateway: Gateway): boolean =>
  gateway.spec.listeners.some(listener => listener.allowedRoutes?.namespaces?.from === 'Selector')

/** Brings the open ports of a Gateway in line with its listeners. */
async function listen(kernel: Kernel, plane: Plane, view: GatewayView): Promise<Listening> {
  const { key, gateway } = view
  const parameters = gateway.spec.infrastructure?.parametersRef
  const address: { host: string } | Problem = parameters
    ? {
        reason: 'InvalidParameters',
        message: `spec.infrastructure.parametersRef: ${parameters.kind} ${parameters.name}: this controller takes no parameters`,
      }
    : listenAddress(gateway, kernel.config.host)
  if (!('host' in address)) {
    closeUnused(plane, key, new Set())
    return { refused: address, addresses: [], ports: new Map() }
  }
  const wanted = new Set(view.listeners.filter(isUsable).map(({ port }) => port))
  closeUnused(plane, key, wanted)
  const ports = new Map<number, Problem | undefined>()
  for (const port of wanted)
    ports.set(
      port,
      await plane.sockets.open(socketKey(key, port), address.host, kernel.config.ephemeralPorts ? 0 : port),
    )
  const isOpen = [...ports.values()].some(problem => problem === undefined)
  return {
    refused: undefined,
    addresses: isOpen ? [kernel.config.advertiseAddress ?? reachableAddress(address.host)] : [],
    ports,
  }
}

function closeUnused(plane: Plane, gatewayKey: string, wanted: ReadonlySet<number>): void {
  for (const key of plane.sockets.keys()) {
    const colon = key.lastIndexOf(':')
    if (key.slice(0, colon) === gatewayKey && !wanted.has(Number(key.slice(colon + 1))))
      plane.sockets.close(key)
  }
}

function urlsOf(view: GatewayView, plane: Plane, { addresses: [address] }: Listening): Map<string, string> {
  const urls = new Map<string, string>()
  for (const listener of view.listeners) {
    const port = isUsable(listener) ? plane.sockets.portOf(socketKey(view.key, listener.port)) : undefined
    if (port !== undefined && address !== undefined) urls.set(listener.name, `http://${address}:${port}`)
  }
  return urls
}

async function publishService(
  kernel: Kernel,
  plane: Plane,
  { key, gateway, listeners }: GatewayView,
  [address]: readonly string[],
): Promise<void> {
  const listener = listeners.find(isUsable)
  const targetPort = listener && plane.sockets.portOf(socketKey(key, listener.port))
  if (!listener || targetPort === undefined || address === undefined) return
  await publishGatewayService(kernel, gateway, { address, port: listener.port, targetPort })
}

async function write(kernel: Kernel, gateway: Gateway, status: GatewayStatus): Promise<void> {
  const same = Object.entries(status).every(([name, value]) =>
    equalJson(value, gateway.status?.[name as keyof GatewayStatus]),
  )
  if (same) return
  await kernel.client.patch(Gateway, parseKey(keyOf(gateway)), { status }, { subresource: 'status' })
}
