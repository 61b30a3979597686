import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { equalJson } from '../../../kube/copy.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { condition, stamped } from '../config/condition.ts'
import { CONTROLLER_NAME, GATEWAY_CLASS_NAME } from '../config/names.ts'
import { GatewayClass, type GatewayClassStatus } from '../kinds/generated/gateway-class.ts'

/** Features by the names that Gateway API's conformance profile knows; in its order. */
const SUPPORTED_FEATURES = [
  'Gateway',
  'GatewayPort8080',
  'HTTPRoute',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
  'HTTPRouteBackendTimeout',
  'HTTPRouteHostRewrite',
  'HTTPRouteMethodMatching',
  'HTTPRouteNamedRouteRule',
  'HTTPRouteParentRefPort',
  'HTTPRoutePathRedirect',
  'HTTPRoutePathRewrite',
  'HTTPRoutePortRedirect',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRequestTimeout',
  'HTTPRouteResponseHeaderModification',
  'HTTPRouteSchemeRedirect',
]

/** Makes the class of this gateway, unless somebody did. */
export async function ensureGatewayClass({ client }: Pick<Kernel, 'client'>): Promise<void> {
  if (await client.find(GatewayClass, { name: GATEWAY_CLASS_NAME })) return
  try {
    await client.create(GatewayClass, {
      metadata: { name: GATEWAY_CLASS_NAME },
      spec: { controllerName: CONTROLLER_NAME, description: 'The gateway inside Drave' },
    })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

/** Accepts every GatewayClass that names this controller. */
export const gatewayClassController = (kernel: Kernel): Controller => ({
  name: 'gateway-class',
  watches: [objectsOf(GatewayClass)],
  async reconcile(key) {
    const gatewayClass = kernel.informers.for(GatewayClass).get(key)
    if (!gatewayClass) {
      if (key === GATEWAY_CLASS_NAME) await ensureGatewayClass(kernel)
      return
    }
    if (gatewayClass.spec.controllerName !== CONTROLLER_NAME) return
    const status = classStatus(gatewayClass, kernel.clock.now())
    if (equalJson(gatewayClass.status, status)) return
    await kernel.client.patch(GatewayClass, { name: key }, { status }, { subresource: 'status' })
  },
})

function classStatus(gatewayClass: GatewayClass, nowMs: number): GatewayClassStatus {
  const { parametersRef } = gatewayClass.spec
  const accepted = parametersRef
    ? condition(
        'Accepted',
        false,
        'InvalidParameters',
        `spec.parametersRef: ${parametersRef.kind} ${parametersRef.name}: this controller takes no parameters`,
      )
    : condition('Accepted', true, 'Accepted')
  return {
    conditions: stamped([accepted], gatewayClass.status?.conditions, {
      generation: gatewayClass.metadata.generation,
      nowMs,
    }),
    supportedFeatures: SUPPORTED_FEATURES.map(name => ({ name })),
  }
}
