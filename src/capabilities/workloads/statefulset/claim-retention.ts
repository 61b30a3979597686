import { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import { type PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../kube/generated/meta-v1.ts'
import { apiVersionOf, type Kind } from '../../../kube/kind.ts'
import type { DraftMeta } from '../../../kube/object.ts'
import { isInRange, parseOrdinal } from './identity.ts'

/** A pod that exists, or is about to: then without uid. */
export interface PodIdentity {
  metadata: DraftMeta & { name: string }
}

const isNamed = (reference: OwnerReference, kind: Kind, { metadata }: PodIdentity): boolean =>
  reference.apiVersion === apiVersionOf(kind) &&
  reference.kind === kind.kind &&
  reference.name === metadata.name

/** An owner of this name that is not this object: left by a predecessor whose deletion the collector still works on. */
export const hasStaleOwner = (claim: PersistentVolumeClaim, kind: Kind, owner: PodIdentity): boolean => {
  const reference = claim.metadata.ownerReferences?.find(candidate => isNamed(candidate, kind, owner))
  return reference !== undefined && reference.uid !== owner.metadata.uid
}

/** Somebody else controls the claim, so that the retention policy does not apply to it. */
export function hasConflictingController(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: PodIdentity,
): boolean {
  const { whenDeleted, whenScaled } = policyOf(set)
  if (whenDeleted === 'Retain' && whenScaled === 'Retain') return false
  return (claim.metadata.ownerReferences ?? []).some(reference => {
    if (isNamed(reference, StatefulSet, set)) return reference.uid !== set.metadata.uid
    if (isNamed(reference, Pod, pod)) return reference.uid !== pod.metadata.uid
    return reference.controller === true
  })
}

/**
 * The owners that persistentVolumeClaimRetentionPolicy wants the claim to have: the set deletes it with itself, a
 * condemned pod with the pod. Undefined when it has them already, or a predecessor's are still there.
 */
export function wantedOwners(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: PodIdentity,
): OwnerReference[] | undefined {
  if (hasStaleOwner(claim, StatefulSet, set) || hasStaleOwner(claim, Pod, pod)) return undefined
  const owners = claim.metadata.ownerReferences ?? []
  const others = owners.filter(
    reference => !isNamed(reference, StatefulSet, set) && !isNamed(reference, Pod, pod),
  )
  const ours = hasConflictingController(claim, set, pod) ? [] : ownersByPolicy(set, pod)
  const present = owners.filter(reference => !others.includes(reference))
  const isRight =
    present.length === ours.length &&
    ours.every(({ uid }) => present.some(reference => reference.uid === uid && reference.controller))
  return isRight ? undefined : [...others, ...ours]
}

function ownersByPolicy(set: StatefulSet, pod: PodIdentity): OwnerReference[] {
  const { whenDeleted, whenScaled } = policyOf(set)
  const isCondemned = !isInRange(set, parseOrdinal(pod.metadata.name).ordinal)
  if (whenScaled === 'Delete' && isCondemned) return [reference(Pod, pod)]
  return whenDeleted === 'Delete' ? [reference(StatefulSet, set)] : []
}

const policyOf = ({ spec }: StatefulSet) => ({
  whenDeleted: 'Retain',
  whenScaled: 'Retain',
  ...spec.persistentVolumeClaimRetentionPolicy,
})

const reference = (kind: Kind, owner: PodIdentity): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})
