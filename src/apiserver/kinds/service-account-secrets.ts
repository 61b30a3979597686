import type { ServiceAccount } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

/** Secrets of a service account are those of its namespace: of a reference only the name counts. */
function keepNames(object: KubeObject): void {
  // The behaviour is that of ServiceAccounts only.
  const account = object as unknown as ServiceAccount
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name ? { name } : {}))
}

export const serviceAccountBehaviour: Partial<Behaviour> = {
  prepareCreate: keepNames,
  prepareUpdate: keepNames,
}
