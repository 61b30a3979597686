import type { Secret } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

/** `stringData` is write-only: it becomes `data`. */
function mergeStringData(object: KubeObject): void {
  // The behaviour is that of Secrets only.
  const secret = object as unknown as Secret
  if (secret.stringData) {
    const encoded = Object.entries(secret.stringData).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ])
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) }
  }
  delete secret.stringData
  secret.type ||= 'Opaque'
}

export const secretBehaviour: Partial<Behaviour> = {
  prepareCreate: mergeStringData,
  prepareUpdate: mergeStringData,
}
