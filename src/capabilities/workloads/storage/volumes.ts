import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import type { HostPathProvisioner } from './host-path-provisioner.ts'

const COMPONENT = 'persistentvolume-controller'

export type VolumePhase = 'Available' | 'Bound' | 'Released' | 'Failed'

/** The phase of a volume by the claim it refers to. */
export function volumePhase(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumePhase {
  const reference = volume.spec?.claimRef
  if (!reference?.uid) return 'Available'
  if (claim?.metadata.uid === reference.uid)
    // Not yet while the claim's side of the binding is missing: it may still go to another volume.
    return claim.spec?.volumeName === volume.metadata.name || volume.status?.phase === 'Bound'
      ? 'Bound'
      : 'Available'
  return volume.status?.phase === 'Failed' ? 'Failed' : 'Released'
}

/** Keeps the phases of volumes, and reclaims those whose claim is gone. */
export function volumeController(kernel: Kernel, provisioner: HostPathProvisioner): Controller {
  const { client, clock, events, informers } = kernel
  const volumes = informers.for(PersistentVolume)
  const claims = informers.for(PersistentVolumeClaim)
  const byClaim = 'claim'
  volumes.addIndex(byClaim, ({ spec }) =>
    spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : [],
  )

  async function setPhase(volume: PersistentVolume, phase: VolumePhase, message?: string): Promise<void> {
    if (volume.status?.phase === phase && volume.status.message === message) return
    const status = { phase, message, lastPhaseTransitionTime: toTime(clock.now()) }
    await client.update(PersistentVolume, { ...volume, status }, { subresource: 'status' })
  }

  async function reclaim(volume: PersistentVolume): Promise<void> {
    // Volumes of other provisioners are theirs to delete.
    if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete' || !provisioner.owns(volume)) return
    try {
      await provisioner.remove(volume)
    } catch (error) {
      const { message } = error as Error
      events.record(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message, component: COMPONENT })
      await setPhase(volume, 'Failed', message)
      return
    }
    await client.delete(PersistentVolume, volume.metadata, {
      preconditions: { uid: volume.metadata.uid },
    })
  }

  return {
    name: 'persistentvolume',
    watches: [
      objectsOf(PersistentVolume),
      mappedFrom(PersistentVolumeClaim, ({ metadata }) =>
        volumes.by(byClaim, `${metadata.namespace}/${metadata.name}`).map(volume => volume.metadata.name),
      ),
    ],
    async reconcile(key) {
      const volume = volumes.get(key)
      if (!volume) return
      const reference = volume.spec?.claimRef
      const ref = reference && { name: reference.name ?? '', namespace: reference.namespace }
      // The informer may not show a new claim yet: before data goes the API is asked.
      const known = ref && claims.get(`${ref.namespace}/${ref.name}`)
      const claim = known ?? (ref && (await client.find(PersistentVolumeClaim, ref)))
      const phase = volumePhase(volume, claim)
      if (phase === 'Failed') return
      if (volume.status?.phase !== phase) {
        await setPhase(volume, phase)
        return
      }
      if (phase === 'Released' && !volume.metadata.deletionTimestamp) await reclaim(volume)
    },
  }
}
