import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import { StorageClass } from '../../../kube/generated/storage-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { isSame } from '../canonical.ts'
import { toTime } from '../../../lib/clock.ts'
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, type ClaimStep, planClaim } from './claim-plan.ts'
import { claimsUsedBy, CLAIM_USERS, indexClaimUsers } from './claim-users.ts'
import { type HostPathProvisioner, PROVISIONER } from './host-path-provisioner.ts'
import { classOf, requestOf } from './volume-match.ts'

const COMPONENT = 'persistentvolume-controller'
const BY_CLASS = 'class'
const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
/** A claim that waits is looked at again so often, as upstream's resync. */
const RECHECK_MS = 15_000

/** Gives claims volumes: those that are there, or new ones of their class. */
export function claimController(kernel: Kernel, provisioner: HostPathProvisioner): Controller {
  const { client, clock, events, informers } = kernel
  const claims = informers.for(PersistentVolumeClaim)
  const volumes = informers.for(PersistentVolume)
  const classes = informers.for(StorageClass)
  const pods = informers.for(Pod)
  indexClaimUsers(pods)
  volumes.addIndex(BY_CLASS, volume => [classOf(volume)])

  const tell = (claim: PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, message: string) =>
    events.record(claim, { type, reason, message, component: COMPONENT })

  async function writeStatus(
    claim: PersistentVolumeClaim,
    status: PersistentVolumeClaim['status'],
  ): Promise<void> {
    if (!isSame(status, claim.status))
      await client.update(PersistentVolumeClaim, { ...claim, status }, { subresource: 'status' })
  }

  /** Volume first: whoever gets its claimRef written has it, and the other one conflicts. */
  async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const taken = await reserve(claim, volume)
    if (taken.status?.phase !== 'Bound') {
      const status = { ...taken.status, phase: 'Bound', lastPhaseTransitionTime: toTime(clock.now()) }
      await client.update(PersistentVolume, { ...taken, status }, { subresource: 'status' })
    }
    const isCompleted = claim.metadata.annotations?.[BIND_COMPLETED] !== undefined
    const annotations = {
      ...claim.metadata.annotations,
      [BIND_COMPLETED]: 'yes',
      ...(claim.spec?.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }),
    }
    const current = isCompleted
      ? claim
      : await client.update(PersistentVolumeClaim, {
          ...claim,
          metadata: { ...claim.metadata, annotations },
          spec: { ...claim.spec, volumeName: volume.metadata.name },
        })
    await writeStatus(current, {
      ...current.status,
      phase: 'Bound',
      accessModes: volume.spec?.accessModes,
      capacity: volume.spec?.capacity,
      // Only with the binding, as upstream: later it is the resizer's.
      ...(current.status?.phase === 'Bound'
        ? {}
        : { currentVolumeAttributesClassName: current.spec?.volumeAttributesClassName }),
    })
  }

  async function reserve(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<PersistentVolume> {
    const { name, namespace, uid, resourceVersion } = claim.metadata
    if (volume.spec?.claimRef?.uid === uid) return volume
    const claimRef = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      name,
      namespace,
      uid,
      resourceVersion,
    }
    const annotations = volume.spec?.claimRef
      ? volume.metadata.annotations
      : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' }
    return client.update(PersistentVolume, {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: { ...volume.spec, claimRef },
    })
  }

  async function provision(claim: PersistentVolumeClaim, storageClass: StorageClass): Promise<void> {
    if (storageClass.provisioner !== PROVISIONER) {
      await leaveTo(claim, storageClass.provisioner)
      return
    }
    try {
      const draft = await provisioner.provision(claim, storageClass)
      const volume = await client.create(PersistentVolume, draft)
      const message = `Successfully provisioned volume ${volume.metadata.name} using ${PROVISIONER}`
      tell(claim, 'Normal', 'ProvisioningSucceeded', message)
    } catch (error) {
      // Provisioned before; the informer does not show it yet.
      if (isAlreadyExists(error)) return
      const { message } = error as Error
      tell(
        claim,
        'Warning',
        'ProvisioningFailed',
        `Failed to provision volume with StorageClass "${storageClass.metadata.name}": ${message}`,
      )
      throw error
    }
  }

  /** Somebody else's provisioner finds the claim by its annotation. */
  async function leaveTo(claim: PersistentVolumeClaim, name: string): Promise<void> {
    if (name === 'kubernetes.io/no-provisioner') {
      tell(
        claim,
        'Warning',
        'ProvisioningFailed',
        'no volume plugin matched name: kubernetes.io/no-provisioner',
      )
      return
    }
    if (claim.metadata.annotations?.[STORAGE_PROVISIONER] !== name)
      await client.patch(PersistentVolumeClaim, claim.metadata, {
        metadata: { annotations: { [STORAGE_PROVISIONER]: name } },
      })
    tell(
      claim,
      'Normal',
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    )
  }

  /** A directory has room at once, so that only the numbers grow. */
  async function expand(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    if (!provisioner.owns(volume)) {
      const message = 'waiting for an external controller to expand this PVC'
      tell(claim, 'Normal', 'ExternalExpanding', message)
      return
    }
    const storage = requestOf(claim)
    await client.patch(PersistentVolume, volume.metadata, { spec: { capacity: { storage } } })
    await writeStatus(claim, { ...claim.status, capacity: { ...claim.status?.capacity, storage } })
    tell(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded')
  }

  async function act(claim: PersistentVolumeClaim, step: ClaimStep): Promise<boolean> {
    switch (step.kind) {
      case 'keep':
        return true
      case 'use-class':
        await client.patch(PersistentVolumeClaim, claim.metadata, { spec: { storageClassName: step.name } })
        return true
      case 'bind':
        await bind(claim, step.volume)
        return true
      case 'provision':
        await provision(claim, step.storageClass)
        return false
      case 'expand':
        await expand(claim, step.volume)
        return true
      case 'wait':
        if (step.told) tell(claim, step.told.type, step.told.reason, step.told.message)
        await writeStatus(claim, { ...claim.status, phase: 'Pending' })
        return false
      case 'lose':
        if (claim.status?.phase !== 'Lost') tell(claim, step.told.type, step.told.reason, step.told.message)
        await writeStatus(claim, {
          ...claim.status,
          phase: 'Lost',
          accessModes: undefined,
          capacity: undefined,
        })
        return true
    }
  }

  const waitingOf = (className: string) =>
    claims.list().filter(claim => claim.status?.phase !== 'Bound' && classOf(claim) === className)

  return {
    name: 'persistentvolumeclaim',
    watches: [
      objectsOf(PersistentVolumeClaim),
      mappedFrom(PersistentVolume, volume => {
        const { claimRef } = volume.spec ?? {}
        if (claimRef) return [`${claimRef.namespace}/${claimRef.name}`]
        return waitingOf(classOf(volume)).map(keyOf)
      }),
      mappedFrom(StorageClass, ({ metadata }) => [...waitingOf(metadata.name), ...waitingOf('')].map(keyOf)),
      mappedFrom(Pod, pod => claimsUsedBy(pod).filter(key => claims.get(key)?.status?.phase === 'Pending')),
    ],
    async reconcile(key) {
      const claim = claims.get(key)
      if (!claim || claim.metadata.deletionTimestamp) return
      const step = planClaim(claim, {
        candidates: volumes.by(BY_CLASS, classOf(claim)),
        volume: name => volumes.get(name),
        classes: classes.list(),
        unscheduled: pods
          .by(CLAIM_USERS, key)
          .filter(({ spec }) => !spec.nodeName)
          .map(({ metadata }) => metadata.name),
      })
      const isSettled = await act(claim, step)
      return isSettled ? undefined : { after: RECHECK_MS }
    },
  }
}
