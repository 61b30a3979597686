import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { equalJson } from '../../../kube/copy.ts'
import { Namespace, Service } from '../../../kube/generated/core-v1.ts'
import { keyOf, parseKey } from '../../../kube/object.ts'
import { parentGatewayKey } from '../config/attach.ts'
import { BY_BACKEND, backendKeys } from '../config/backend-keys.ts'
import { routeParents } from '../config/route-status.ts'
import { Gateway } from '../kinds/generated/gateway.ts'
import { GatewayClass } from '../kinds/generated/gateway-class.ts'
import { HTTPRoute } from '../kinds/generated/http-route.ts'
import type { Plane } from '../plane.ts'

const BY_PARENT = 'gateway/parent'

/** Says in the status of HTTPRoutes what became of them. The routing itself follows the informers directly. */
export function httpRouteController(kernel: Kernel, plane: Plane): Controller {
  const routes = kernel.informers.for(HTTPRoute)
  const gateways = kernel.informers.for(Gateway)
  routes.addIndex(BY_PARENT, route =>
    (route.spec.parentRefs ?? []).flatMap(ref => parentGatewayKey(route, ref) ?? []),
  )
  routes.addIndex(BY_BACKEND, backendKeys)
  const routesOf = (gateway: Gateway) => routes.by(BY_PARENT, keyOf(gateway)).map(keyOf)
  return {
    name: 'http-route',
    watches: [
      objectsOf(HTTPRoute),
      mappedFrom(Gateway, routesOf),
      mappedFrom(GatewayClass, ({ metadata }) =>
        gateways
          .list()
          .filter(gateway => gateway.spec.gatewayClassName === metadata.name)
          .flatMap(routesOf),
      ),
      mappedFrom(Service, service => routes.by(BY_BACKEND, keyOf(service)).map(keyOf)),
      mappedFrom(Namespace, ({ metadata }) => routes.list(metadata.name).map(keyOf)),
    ],
    async reconcile(key) {
      const evaluation = await plane.current()
      const route = routes.get(key)
      if (!route || route.metadata.deletionTimestamp) return
      const parents = routeParents(route, {
        view: evaluation.routes.get(key),
        gatewayExists: name => gateways.get(name) !== undefined,
        nowMs: kernel.clock.now(),
      })
      if (equalJson(parents, route.status?.parents ?? [])) return
      await kernel.client.patch(HTTPRoute, parseKey(key), { status: { parents } }, { subresource: 'status' })
    },
  }
}
