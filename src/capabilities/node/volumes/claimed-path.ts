import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../../kube/generated/core-v1.ts'
import { ConfigError } from '../container/config-error.ts'

const PROTECTION = 'kubernetes.io/pvc-protection'

/** The claims of a namespace, and the volumes of the cluster, by name. */
export interface ClaimSources {
  claim(name: string): PersistentVolumeClaim | undefined
  persistentVolume(name: string): PersistentVolume | undefined
}

export interface ClaimedPath {
  path: string
  /** A HostPathType. */
  type: string
  readOnly: boolean
}

/** The claim that a volume of a pod uses, if it uses one: named, or made for the pod from its template. */
export const claimNameOf = (pod: Pod, volume: Volume): string | undefined =>
  volume.persistentVolumeClaim?.claimName ??
  (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined)

/** Where a claim's bound volume is on this node. Throws ConfigError, worded as the kubelet's volume manager. */
export function claimedPath(pod: Pod, volume: Volume, sources: ClaimSources): ClaimedPath {
  const name = claimNameOf(pod, volume) ?? ''
  const { namespace } = pod.metadata
  const refuse = (why: string) => new ConfigError(`error processing PVC ${namespace}/${name}: ${why}`)
  const claim = sources.claim(name)
  if (!claim) throw refuse(`failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`)
  if (
    volume.ephemeral &&
    !claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.metadata.uid)
  )
    throw new ConfigError(
      `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`,
    )
  if (claim.metadata.deletionTimestamp && !claim.metadata.finalizers?.includes(PROTECTION))
    throw refuse('PVC is being deleted')
  const { volumeName, volumeMode } = claim.spec ?? {}
  if (claim.status?.phase !== 'Bound') throw refuse('PVC is not bound')
  if (!volumeName) throw refuse('PVC has empty pvc.Spec.VolumeName')
  if (volumeMode === 'Block')
    throw new ConfigError(
      `volume ${volume.name} has volumeMode Block, but this node gives volumes as directories only`,
    )
  const persistent = sources.persistentVolume(volumeName)
  if (!persistent)
    throw refuse(
      `failed to fetch PV ${volumeName} from API server: persistentvolumes "${volumeName}" not found`,
    )
  const { claimRef, hostPath, local, accessModes = [] } = persistent.spec ?? {}
  if (claimRef?.uid !== claim.metadata.uid)
    throw refuse(
      `found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${claimRef?.uid ?? ''} does not point to claim.UID ${claim.metadata.uid}`,
    )
  const readOnly =
    volume.persistentVolumeClaim?.readOnly === true ||
    (accessModes.length > 0 && accessModes.every(mode => mode === 'ReadOnlyMany'))
  if (hostPath) return { path: hostPath.path, type: hostPath.type ?? '', readOnly }
  if (local) return { path: local.path, type: 'Directory', readOnly }
  const [kind = 'nothing'] = Object.keys(persistent.spec ?? {}).filter(field => !KNOWN.has(field))
  throw refuse(
    `PV ${volumeName} is of the kind ${kind}; this node mounts persistent volumes of hostPath and local`,
  )
}

/** Fields of a PersistentVolume's spec that do not say where it is. */
const KNOWN = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
])
