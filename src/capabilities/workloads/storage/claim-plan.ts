import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import type { StorageClass } from '../../../kube/generated/storage-v1.ts'
import { compareQuantities } from '../../../kube/quantity.ts'
import { bestMatch, capacityOf, classOf, isReservedFor, mismatch, requestOf } from './volume-match.ts'

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
/** Written by the scheduler: the node of the pod that a delayed claim waits for. */
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

interface Told {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

export type ClaimStep =
  | { kind: 'keep' }
  | { kind: 'use-class'; name: string }
  | { kind: 'bind'; volume: PersistentVolume }
  | { kind: 'provision'; storageClass: StorageClass }
  | { kind: 'expand'; volume: PersistentVolume }
  | { kind: 'wait'; told: Told | undefined }
  | { kind: 'lose'; told: Told }

export interface StorageView {
  /** Volumes of the claim's class. */
  candidates: readonly PersistentVolume[]
  volume(name: string): PersistentVolume | undefined
  classes: readonly StorageClass[]
  /** Names of pods that use the claim and have no node yet. */
  unscheduled: readonly string[]
}

/** What a claim needs next. Mirrors upstream's syncUnboundClaim and syncBoundClaim; pure. */
export function planClaim(claim: PersistentVolumeClaim, view: StorageView): ClaimStep {
  const volumeName = claim.spec?.volumeName
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return bound(claim, view)
  return volumeName ? named(claim, view.volume(volumeName)) : unbound(claim, view)
}

function unbound(claim: PersistentVolumeClaim, view: StorageView): ClaimStep {
  if (claim.spec?.storageClassName === undefined && classOf(claim) === '') {
    const name = defaultClass(view.classes)
    if (name !== undefined) return { kind: 'use-class', name }
  }
  const className = classOf(claim)
  const storageClass = view.classes.find(({ metadata }) => metadata.name === className)
  const isDelayed =
    storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE]
  const volume = bestMatch(claim, view.candidates, { onlyReserved: isDelayed })
  if (volume) return { kind: 'bind', volume }
  if (isDelayed) return wait('Normal', ...firstConsumer(view.unscheduled))
  if (className === '')
    return wait(
      'Normal',
      'FailedBinding',
      'no persistent volumes available for this claim and no storage class is set',
    )
  if (storageClass) return { kind: 'provision', storageClass }
  return wait('Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`)
}

function firstConsumer(unscheduled: readonly string[]): [string, string] {
  if (unscheduled.length === 0)
    return ['WaitForFirstConsumer', 'waiting for first consumer to be created before binding']
  const pods = unscheduled.length === 1 ? `pod ${unscheduled[0]}` : `pods ${unscheduled.join(',')}`
  return ['WaitForPodScheduled', `waiting for ${pods} to be scheduled`]
}

/** A claim that asks for one volume by name. */
function named(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): ClaimStep {
  if (!volume) return { kind: 'wait', told: undefined }
  const { name } = volume.metadata
  // Where each names the other nothing else is looked at: whoever wrote both will know.
  if (isReservedFor(volume, claim)) return { kind: 'bind', volume }
  if (volume.spec?.claimRef)
    return wait('Warning', 'FailedBinding', `volume "${name}" already bound to a different claim.`)
  const problem = mismatch(volume, claim)
  if (problem !== undefined)
    return wait('Warning', 'VolumeMismatch', `Cannot bind to requested volume "${name}": ${problem}`)
  return { kind: 'bind', volume }
}

function bound(claim: PersistentVolumeClaim, view: StorageView): ClaimStep {
  const volumeName = claim.spec?.volumeName
  if (!volumeName)
    return lose(
      'ClaimLost',
      'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
    )
  const volume = view.volume(volumeName)
  if (!volume)
    return lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
  if (volume.spec?.claimRef && !isReservedFor(volume, claim))
    return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly')
  const isSettled =
    volume.spec?.claimRef?.uid === claim.metadata.uid &&
    volume.status?.phase === 'Bound' &&
    claim.status?.phase === 'Bound'
  if (!isSettled) return { kind: 'bind', volume }
  const storageClass = view.classes.find(({ metadata }) => metadata.name === classOf(claim))
  const given = claim.status?.capacity?.['storage'] ?? capacityOf(volume)
  const wantsMore = compareQuantities(requestOf(claim), given) > 0
  return wantsMore && storageClass?.allowVolumeExpansion ? { kind: 'expand', volume } : { kind: 'keep' }
}

/** Of several default classes the newest, as upstream. */
function defaultClass(classes: readonly StorageClass[]): string | undefined {
  const defaults = classes.filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
  const newest = defaults.sort(
    (a, b) =>
      b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
      a.metadata.name.localeCompare(b.metadata.name),
  )[0]
  return newest?.metadata.name
}

const wait = (type: Told['type'], reason: string, message: string): ClaimStep => ({
  kind: 'wait',
  told: { type, reason, message },
})

const lose = (reason: string, message: string): ClaimStep => ({
  kind: 'lose',
  told: { type: 'Warning', reason, message },
})
