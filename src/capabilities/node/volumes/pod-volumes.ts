import { chmod, cp, mkdir, realpath, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Container, Pod, Volume, VolumeMount } from '../../../kube/generated/core-v1.ts'
import { ConfigError } from '../container/config-error.ts'
import type { PodFacts } from '../container/downward.ts'
import { expand } from '../container/expand.ts'
import { claimNameOf } from './claimed-path.ts'
import type { Mount } from './container-root.ts'
import { prepareHostPath } from './host-path.ts'
import { canMount, mountMemory } from './memory-volume.ts'
import { canChangeOwner, setOwnership } from './ownership.ts'
import { writePayload } from './payload.ts'
import { usageOf } from './usage.ts'
import { safePath, type VolumeSources, volumeContent } from './volume-content.ts'

/** A volume cannot be set up yet; the pod waits, as its FailedMount event says. */
export class VolumeError extends Error {
  override name = 'VolumeError'
}

interface VolumesPlace {
  /** Holds the pod's own volumes, one directory each. */
  directory: string
  /** Holds copies of single files of volumes that change, by container. */
  copies: string
  sources: VolumeSources
  /** The files of an image, unpacked. Throws PullError. */
  imageRoot(reference: string, volume: Volume): Promise<string>
}

/** Where a volume is that has been set up. */
interface Place {
  path: string
  readOnly: boolean
  /** Its files are replaced when objects change. */
  live: boolean
}

/** The volumes of one pod, in a directory of the node. */
export class PodVolumes {
  readonly #at: VolumesPlace
  readonly #places = new Map<string, Place>()
  /** Volumes that have been given to the pod's fsGroup. */
  readonly #owned = new Set<string>()
  /** Containers that start at once set the same volumes up, which must happen once. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(place: VolumesPlace) {
    this.#at = place
  }

  /** Sets all volumes up. Throws VolumeError. */
  prepare(pod: Pod, facts: PodFacts): Promise<void> {
    return this.#inTurn(async () => {
      for (const volume of pod.spec.volumes ?? [])
        try {
          await this.#set(volume, facts)
        } catch (error) {
          throw new VolumeError(failure(pod, volume, error as Error), { cause: error })
        }
    })
  }

  /** Brings files of ConfigMaps, Secrets, tokens and the downward API up to date; what cannot be read any more stays. */
  refresh(pod: Pod, facts: PodFacts): Promise<void> {
    return this.#inTurn(async () => {
      for (const volume of pod.spec.volumes ?? [])
        if (this.#places.get(volume.name)?.live)
          try {
            await this.#set(volume, facts)
          } catch (error) {
            if (!(error instanceof ConfigError)) throw error
          }
    })
  }

  /** Where the mounts of a container lead. Throws ConfigError. */
  async mountsOf(pod: Pod, container: Container, env: Readonly<Record<string, string>>): Promise<Mount[]> {
    const mounts: Mount[] = []
    for (const mount of container.volumeMounts ?? []) {
      const { name, mountPath, subPath, subPathExpr, readOnly, mountPropagation } = mount
      const volume = pod.spec.volumes?.find(candidate => candidate.name === name)
      if (!volume) throw new ConfigError(`volumeMounts: there is no volume "${name}" in spec.volumes`)
      const place = this.#places.get(name)
      if (!place) throw new ConfigError(`volumeMounts: volume "${name}" has not been set up`)
      const inside = safePath(subPathExpr ? expand(subPathExpr, env) : (subPath ?? ''))
      mounts.push({
        volume: name,
        mountPath,
        target: inside === '' ? place.path : await this.#part(place, inside, { container, mount }),
        readOnly: readOnly === true || place.readOnly,
        propagation: mountPropagation,
      })
    }
    return mounts
  }

  /** Where a volume is that has been set up. */
  pathOf(name: string): string | undefined {
    return this.#places.get(name)?.path
  }

  /** The bytes that each emptyDir on disk takes. */
  async usage(pod: Pod): Promise<ReadonlyMap<string, number>> {
    const usage = new Map<string, number>()
    for (const { name, emptyDir } of pod.spec.volumes ?? []) {
      const place = this.#places.get(name)
      if (emptyDir && place) usage.set(name, await usageOf(place.path))
    }
    return usage
  }

  /** A part of a volume. One of files that change is copied: what is mounted by subPath is not updated, as the API says. */
  async #part(
    place: Place,
    inside: string,
    { container, mount }: { container: Container; mount: VolumeMount },
  ): Promise<string> {
    const refuse = (why: string) =>
      new ConfigError(
        `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}": ${why}`,
      )
    const root = await realpath(place.path)
    let current = root
    for (const part of inside.split('/').filter(name => name !== '' && name !== '.')) {
      const next = join(current, part)
      // Made step by step, so that no link on the way leads the making of directories out of the volume.
      if (!place.readOnly && !place.live)
        await mkdir(next, { mode: 0o755 }).catch(error => {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refuse((error as Error).message)
        })
      current = await realpath(next).catch(() => {
        throw refuse(`${inside} does not exist in the volume`)
      })
      if (current !== root && !current.startsWith(root + sep)) throw refuse(`${inside} leaves the volume`)
    }
    if (!place.live) return current
    const at = container.volumeMounts?.indexOf(mount) ?? 0
    const copy = join(this.#at.copies, container.name, 'subpaths', String(at))
    await rm(copy, { recursive: true, force: true })
    await mkdir(join(copy, '..'), { recursive: true, mode: 0o700 })
    await cp(current, copy, { recursive: true, dereference: true })
    return copy
  }

  async #set(volume: Volume, facts: PodFacts): Promise<void> {
    const content = volumeContent(volume, facts, this.#at.sources)
    const { fsGroup, fsGroupChangePolicy = 'Always' } = facts.pod.spec.securityContext ?? {}
    const path = join(this.#at.directory, volume.name)
    const place = (where: Partial<Place>) =>
      this.#places.set(volume.name, { path, readOnly: false, live: false, ...where })
    const own = async (directory: string) => {
      if (fsGroup === undefined || !canChangeOwner() || this.#owned.has(volume.name)) return
      await setOwnership(directory, { group: fsGroup, changePolicy: fsGroupChangePolicy })
      this.#owned.add(volume.name)
    }
    switch (content.kind) {
      case 'empty':
        // Any user of the pod's containers may write; the directory above keeps others of the host out.
        if (await mkdir(path, { recursive: true })) await chmod(path, 0o777)
        if (content.memory && canMount()) await mountMemory(path, content.sizeLimit)
        await own(path)
        place({})
        return
      case 'host':
        prepareHostPath(content.path, content.type)
        if (content.claimed && !content.readOnly) await own(content.path)
        place({ path: content.path, readOnly: content.readOnly })
        return
      case 'image':
        if (!this.#places.has(volume.name))
          place({ path: await this.#at.imageRoot(content.reference, volume), readOnly: true })
        return
      case 'files':
        await mkdir(this.#at.directory, { recursive: true, mode: 0o700 })
        await writePayload(path, content.files, fsGroup)
        place({ readOnly: true, live: true })
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}

/** The kubelet's words for a volume that waits for a claim, and for one that cannot be mounted. */
const failure = (pod: Pod, volume: Volume, { message }: Error): string =>
  claimNameOf(pod, volume) !== undefined
    ? `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: ${message}`
    : `MountVolume.SetUp failed for volume "${volume.name}" : ${message}`
