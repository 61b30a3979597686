import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DataDirectory } from '../../../kernel/data-directory.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import type { StorageClass } from '../../../kube/generated/storage-v1.ts'
import type { Draft } from '../../../kube/object.ts'
import { requestOf } from './volume-match.ts'

export const PROVISIONER = 'drave.dev/host-path'
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'

/** Makes directories of the data directory into volumes. Their capacity is what was asked for; it is not enforced. */
export class HostPathProvisioner {
  readonly #dataDirectory: DataDirectory

  constructor(dataDirectory: DataDirectory) {
    this.#dataDirectory = dataDirectory
  }

  /** The volume of a claim, whose directory exists then. Throws for what a directory cannot be. */
  async provision(
    claim: PersistentVolumeClaim,
    storageClass: StorageClass,
  ): Promise<Draft<PersistentVolume>> {
    if (claim.spec?.volumeMode === 'Block')
      throw new Error(`${PROVISIONER} does not support block volume provisioning`)
    if (claim.spec?.selector) throw new Error('claim.Spec.Selector is not supported for dynamic provisioning')
    const name = `pvc-${claim.metadata.uid}`
    const path = join(this.#folder, name)
    await mkdir(path, { recursive: true })
    return {
      metadata: { name, annotations: { [PROVISIONED_BY]: PROVISIONER } },
      spec: {
        capacity: { storage: requestOf(claim) },
        accessModes: claim.spec?.accessModes,
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
        storageClassName: storageClass.metadata.name,
        mountOptions: storageClass.mountOptions,
        volumeMode: 'Filesystem',
        hostPath: { path, type: 'DirectoryOrCreate' },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: claim.metadata.namespace,
          name: claim.metadata.name,
          uid: claim.metadata.uid,
          resourceVersion: claim.metadata.resourceVersion,
        },
      },
    }
  }

  owns({ metadata }: PersistentVolume): boolean {
    return metadata.annotations?.[PROVISIONED_BY] === PROVISIONER
  }

  /** Removes the data of a volume. Throws for a path that this provisioner did not make. */
  async remove({ metadata, spec }: PersistentVolume): Promise<void> {
    const path = resolve(spec?.hostPath?.path ?? '')
    // The annotation can be written by anybody; only a directory of ours is removed.
    if (dirname(path) !== this.#folder)
      throw new Error(`volume ${metadata.name}: ${path} is not a volume of ${PROVISIONER}`)
    await rm(path, { recursive: true, force: true })
  }

  get #folder(): string {
    return resolve(this.#dataDirectory.folder('volumes'))
  }
}
