import type { OwnerReference } from '../../kube/generated/meta-v1.ts'
import { apiVersionOf, type Kind } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'

/** What an object's controller should do with it. */
export type Claim = 'mine' | 'adopt' | 'release' | 'ignore'

export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find(reference => reference.controller)

/**
 * Decides by owner reference and selector, as upstream's controller reference manager: an orphan that matches is
 * adopted, an owned object that no longer matches is released, somebody else's is left alone.
 */
export function claim(owner: KubeObject, object: KubeObject, isSelected: boolean): Claim {
  const controller = controllerOf(object)
  if (controller) {
    if (controller.uid !== owner.metadata.uid) return 'ignore'
    if (isSelected) return 'mine'
    return owner.metadata.deletionTimestamp ? 'ignore' : 'release'
  }
  if (!isSelected || owner.metadata.deletionTimestamp || object.metadata.deletionTimestamp) return 'ignore'
  return 'adopt'
}

/** The reference that makes `owner` the controller. */
export const controllerReference = (kind: Kind, owner: KubeObject): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

/** The merge patch that adopts; the uid makes it fail on a namesake, the version on a concurrent owner. */
export const adoption = (kind: Kind, owner: KubeObject, object: KubeObject) => ({
  metadata: {
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
    ownerReferences: [...(object.metadata.ownerReferences ?? []), controllerReference(kind, owner)],
  },
})

/** The merge patch that lets go. */
export const release = (owner: KubeObject, object: KubeObject) => ({
  metadata: {
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
    ownerReferences: (object.metadata.ownerReferences ?? []).filter(
      reference => reference.uid !== owner.metadata.uid,
    ),
  },
})
