import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'

export interface HttpRouteBackend {
  group?: string | undefined
  kind?: string | undefined
  name: string
  namespace?: string | undefined
  port?: number | undefined
  weight?: number | undefined
}

/** The part of a Gateway API HTTPRoute that this capability reads and writes; the kind belongs to the gateway. */
export interface HttpRoute extends KubeObject {
  spec: { rules?: { backendRefs?: HttpRouteBackend[] | undefined }[] | undefined }
}
export const HttpRoute: Kind<HttpRoute> = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'HTTPRoute',
  plural: 'httproutes',
  namespaced: true,
}
