import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Namespace, ServiceAccount } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists, isNotFound } from '../../../kube/status.ts'

const DEFAULT = 'default'

/** Gives every namespace the ServiceAccount `default`, again when somebody deletes it. */
export function serviceAccountController({ client, informers }: Kernel): Controller {
  const namespaces = informers.for(Namespace)
  const accounts = informers.for(ServiceAccount)
  return {
    name: 'serviceaccount',
    watches: [
      objectsOf(Namespace),
      mappedFrom(ServiceAccount, ({ metadata }) =>
        metadata.name === DEFAULT && metadata.namespace ? [metadata.namespace] : [],
      ),
    ],
    async reconcile(key) {
      const namespace = namespaces.get(key)
      if (!namespace || namespace.metadata.deletionTimestamp || accounts.get(`${key}/${DEFAULT}`)) return
      try {
        await client.create(ServiceAccount, { metadata: { name: DEFAULT, namespace: key } })
      } catch (error) {
        if (!isAlreadyExists(error) && !isNotFound(error)) throw error
      }
    },
  }
}
