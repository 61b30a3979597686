import { publishing, READ } from '../../kernel/access.ts'
import { Namespace, Pod, Service } from '../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import type { Capability } from '../../kernel/capability.ts'
import { ensureGatewayClass, gatewayClassController } from './controllers/gateway-class.ts'
import { gatewayController } from './controllers/gateway.ts'
import { httpRouteController } from './controllers/http-route.ts'
import { Gateway } from './kinds/generated/gateway.ts'
import { GatewayClass } from './kinds/generated/gateway-class.ts'
import { HTTPRoute } from './kinds/generated/http-route.ts'
import { planeOf } from './plane.ts'
import { defaultLimits } from './proxy/settings.ts'

/** L7 traffic by Gateway API: Gateways, HTTPRoutes with sticky weights, Istio's request metrics. */
export const gateway: Capability = {
  name: 'gateway',
  summary: 'L7 gateway: Gateway API routes, sticky weighted traffic, request metrics',
  kinds: [
    { kind: GatewayClass, definition: 'gatewayclasses.gateway.networking.k8s.io' },
    { kind: Gateway, definition: 'gateways.gateway.networking.k8s.io' },
    { kind: HTTPRoute, definition: 'httproutes.gateway.networking.k8s.io' },
  ],
  access: [
    { kinds: [GatewayClass], verbs: [...READ, 'create'] },
    { kinds: [Gateway, HTTPRoute, Namespace, Service, EndpointSlice, Pod], verbs: READ },
    { kinds: [GatewayClass, Gateway, HTTPRoute], subresource: 'status', verbs: ['patch'] },
    publishing,
  ],
  settings: [
    { name: 'accessLog', default: false, summary: 'log every request as a JSON line' },
    {
      name: 'maxConnections',
      default: defaultLimits.maxConnections,
      summary: 'client connections open at once, on all listeners',
    },
  ],
  services: kernel => [
    {
      name: 'gateway',
      async start() {
        await ensureGatewayClass(kernel)
        return planeOf(kernel)
      },
    },
  ],
  controllers: kernel => [
    gatewayClassController(kernel),
    gatewayController(kernel, planeOf(kernel)),
    httpRouteController(kernel, planeOf(kernel)),
  ],
}
