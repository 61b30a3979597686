import type { Client } from '../../../kernel/client.ts'
import { RuntimeClass } from '../../../kube/generated/node-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'

/** Makes a RuntimeClass for every handler of this node; what others have made of them stays. */
export async function bootstrapRuntimeClasses(client: Client, handlers: readonly string[]): Promise<void> {
  for (const handler of handlers)
    await client.create(RuntimeClass, { metadata: { name: handler }, handler }).catch(error => {
      if (!isAlreadyExists(error)) throw error
    })
}
