import type { Client } from '../../../kernel/client.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isAlreadyExists } from '../../../kube/status.ts'

export interface RuntimeClass extends KubeObject {
  handler: string
}

export const RuntimeClass: Kind<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
}

/** Makes a RuntimeClass for every handler of this node; what others have made of them stays. */
export async function bootstrapRuntimeClasses(client: Client, handlers: readonly string[]): Promise<void> {
  for (const handler of handlers)
    await client.create(RuntimeClass, { metadata: { name: handler }, handler }).catch(error => {
      if (!isAlreadyExists(error)) throw error
    })
}
