import type { ManagedFieldsEntry, OwnerReference } from './generated/meta-v1.ts'

/** Metadata of an object that is not stored yet, or of a template. */
export interface DraftMeta {
  name?: string | undefined
  generateName?: string | undefined
  namespace?: string | undefined
  uid?: string | undefined
  resourceVersion?: string | undefined
  generation?: number | undefined
  creationTimestamp?: string | undefined
  deletionTimestamp?: string | undefined
  deletionGracePeriodSeconds?: number | undefined
  labels?: Record<string, string> | undefined
  annotations?: Record<string, string> | undefined
  ownerReferences?: OwnerReference[] | undefined
  finalizers?: string[] | undefined
  managedFields?: ManagedFieldsEntry[] | undefined
}

/** Metadata of a stored object: the API server filled in what identifies it. */
export interface ObjectMeta extends DraftMeta {
  name: string
  uid: string
  resourceVersion: string
  creationTimestamp: string
}

/** Any object of the API. Objects read from a Client or an informer are frozen: copy before changing. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** An object as sent to `create` or `apply`: what the server fills in may be missing; apiVersion and kind come from the Kind. */
export type Draft<T extends KubeObject> = Omit<T, 'metadata' | 'apiVersion' | 'kind'> & {
  apiVersion?: string
  kind?: string
  metadata: DraftMeta
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of informers and work queues. */
export const keyOf = (object: { metadata: DraftMeta }): string =>
  object.metadata.namespace
    ? `${object.metadata.namespace}/${object.metadata.name}`
    : `${object.metadata.name}`

/** Splits what `keyOf` made. */
export function parseKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/')
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
