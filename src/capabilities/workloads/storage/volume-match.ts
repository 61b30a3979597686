import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import { compareQuantities } from '../../../kube/quantity.ts'
import { matchesLabelSelector } from '../../../kube/selectors.ts'

/** The class of a claim or volume in the old way; where it is there it counts. */
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

type Classed = Pick<PersistentVolumeClaim | PersistentVolume, 'metadata' | 'spec'>

/** The name of the class; empty where there is none. */
export const classOf = ({ metadata, spec }: Classed): string =>
  metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? ''

export const requestOf = ({ spec }: PersistentVolumeClaim): string =>
  spec?.resources?.requests?.['storage'] ?? '0'

export const capacityOf = ({ spec }: PersistentVolume): string => spec?.capacity?.['storage'] ?? '0'

/** Whether the volume is meant for this claim; a reference without uid waits for whoever has the name. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = spec?.claimRef
  return (
    reference?.name === metadata.name &&
    reference.namespace === metadata.namespace &&
    (!reference.uid || reference.uid === metadata.uid)
  )
}

/** Why a volume does not do for a claim, in upstream's words; undefined when it does. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(capacityOf(volume), requestOf(claim)) < 0) return 'requested PV is too small'
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match'
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem'))
    return 'incompatible volumeMode'
  const offered = new Set(volume.spec?.accessModes)
  if (!(claim.spec?.accessModes ?? []).every(mode => offered.has(mode))) return 'incompatible accessMode'
  return undefined
}

/** The smallest volume that does, one that is reserved for the claim before all others. */
export function bestMatch(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  { onlyReserved }: { onlyReserved: boolean },
): PersistentVolume | undefined {
  let best: PersistentVolume | undefined
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp || mismatch(volume, claim) !== undefined) continue
    if (isReservedFor(volume, claim)) return volume
    if (volume.spec?.claimRef || onlyReserved || volume.status?.phase !== 'Available') continue
    const { selector } = claim.spec ?? {}
    if (selector && !matchesLabelSelector(selector, volume.metadata.labels)) continue
    if (!best || compareQuantities(capacityOf(volume), capacityOf(best)) < 0) best = volume
  }
  return best
}
