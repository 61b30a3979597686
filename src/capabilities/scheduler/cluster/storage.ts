import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import type { StorageClass } from '../../../kube/generated/storage-v1.ts'

/** Claims, volumes and classes as the scheduler sees them. */
export interface Storage {
  /** By `namespace/name`. */
  claim(key: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  storageClass(name: string): StorageClass | undefined
  /** Volumes of a class that no claim has. */
  freeVolumes(storageClass: string): readonly PersistentVolume[]
}

export const NO_STORAGE: Storage = {
  claim: () => undefined,
  volume: () => undefined,
  storageClass: () => undefined,
  freeVolumes: () => [],
}
