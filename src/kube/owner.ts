import type { OwnerReference } from './generated/meta-v1.ts'
import { apiVersionOf, type Kind } from './kind.ts'
import type { DraftMeta, ObjectMeta } from './object.ts'

/** The owner that controls an object, if any. */
export const controllerOf = (object: { metadata?: DraftMeta | undefined }): OwnerReference | undefined =>
  object.metadata?.ownerReferences?.find(owner => owner.controller === true)

export const isControlledBy = (
  object: { metadata?: DraftMeta | undefined },
  owner: { metadata: DraftMeta },
): boolean => owner.metadata.uid !== undefined && controllerOf(object)?.uid === owner.metadata.uid

/** The reference by which `owner` controls what it creates. */
export const ownerReference = (
  owner: { metadata: Pick<ObjectMeta, 'name' | 'uid'> },
  kind: Pick<Kind, 'group' | 'version' | 'kind'>,
): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})
