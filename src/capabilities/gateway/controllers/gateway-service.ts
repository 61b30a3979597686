import type { Kernel } from '../../../kernel/capability.ts'
import { publishSystemService } from '../../../kernel/system-service.ts'
import { Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import type { Gateway } from '../kinds/generated/gateway.ts'

/** Makes the Service `NAME-drave` of a Gateway, so that pods find its first listener in their environment. */
export async function publishGatewayService(
  kernel: Kernel,
  gateway: Gateway,
  listener: { address: string; port: number; targetPort: number },
): Promise<void> {
  const namespace = gateway.metadata.namespace ?? 'default'
  const name = `${gateway.metadata.name}-drave`
  const service = kernel.informers.for(Service).get(`${namespace}/${name}`)
  const slice = kernel.informers.for(EndpointSlice).get(`${namespace}/${name}-drave`)
  const isThere =
    service?.spec.ports?.[0]?.port === listener.port &&
    slice?.ports?.[0]?.port === listener.targetPort &&
    slice.endpoints?.[0]?.addresses[0] === (kernel.config.advertiseAddress ?? listener.address)
  if (isThere) return
  await publishSystemService(kernel, {
    ...listener,
    namespace,
    name,
    owner: gateway,
    labels: { 'gateway.networking.k8s.io/gateway-name': gateway.metadata.name },
  })
}
