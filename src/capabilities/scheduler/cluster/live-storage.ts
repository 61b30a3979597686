import type { Informers } from '../../../kernel/informer.ts'
import { PersistentVolume, PersistentVolumeClaim } from '../../../kube/generated/core-v1.ts'
import { StorageClass } from '../../../kube/generated/storage-v1.ts'
import type { Storage } from './storage.ts'

const FREE_IN_CLASS = 'freeInClass'

/** Storage as informers show it, without the volumes that were just promised to a claim. */
export class LiveStorage implements Storage {
  readonly #claims
  readonly #volumes
  readonly #classes
  readonly #promised = new Set<string>()

  constructor(informers: Informers) {
    this.#claims = informers.for(PersistentVolumeClaim)
    this.#volumes = informers.for(PersistentVolume)
    this.#classes = informers.for(StorageClass)
    this.#volumes.addIndex(FREE_IN_CLASS, ({ spec }) =>
      spec?.claimRef ? [] : [spec?.storageClassName ?? ''],
    )
    // What was promised is taken, or gone.
    this.#volumes.onChange(({ type, object }) => {
      if (type === 'deleted' || object.spec?.claimRef) this.#promised.delete(object.metadata.name)
    })
  }

  claim(key: string): PersistentVolumeClaim | undefined {
    return this.#claims.get(key)
  }

  volume(name: string): PersistentVolume | undefined {
    return this.#volumes.get(name)
  }

  storageClass(name: string): StorageClass | undefined {
    return this.#classes.get(name)
  }

  freeVolumes(storageClass: string): readonly PersistentVolume[] {
    return this.#volumes
      .by(FREE_IN_CLASS, storageClass)
      .filter(({ metadata }) => !this.#promised.has(metadata.name))
  }

  promise(volume: string): void {
    this.#promised.add(volume)
  }

  release(volume: string): void {
    this.#promised.delete(volume)
  }
}
