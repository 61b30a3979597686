import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, Volume } from '../../../kube/generated/core-v1.ts'
import { ConfigError } from '../container/config-error.ts'
import type { PodFacts } from '../container/downward.ts'
import type { ConfigSources } from '../container/environment.ts'
import { expand } from '../container/expand.ts'
import type { Mount } from './container-root.ts'
import { prepareHostPath } from './host-path.ts'
import { writePayload } from './payload.ts'
import { safePath, volumeContent } from './volume-content.ts'

/** A volume cannot be set up yet; the pod waits, as its FailedMount event says. */
export class VolumeError extends Error {
  override name = 'VolumeError'
}

/** The volumes of one pod, in a directory of the node. */
export class PodVolumes {
  readonly #directory: string
  readonly #sources: ConfigSources

  constructor(directory: string, sources: ConfigSources) {
    this.#directory = directory
    this.#sources = sources
  }

  /** Sets all volumes up. Throws VolumeError. */
  async prepare(pod: Pod, facts: PodFacts): Promise<void> {
    for (const volume of pod.spec.volumes ?? [])
      try {
        await this.#write(volume, facts)
      } catch (error) {
        throw new VolumeError(
          `MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`,
          { cause: error },
        )
      }
  }

  /** Brings files of ConfigMaps, Secrets and the downward API up to date; what cannot be read any more stays. */
  async refresh(pod: Pod, facts: PodFacts): Promise<void> {
    for (const volume of pod.spec.volumes ?? [])
      if (volume.configMap || volume.secret || volume.downwardAPI || volume.projected)
        try {
          await this.#write(volume, facts)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
        }
  }

  /** Where the mounts of a container lead. Throws ConfigError. */
  async mountsOf(pod: Pod, container: Container, env: Readonly<Record<string, string>>): Promise<Mount[]> {
    const mounts: Mount[] = []
    for (const { name, mountPath, subPath, subPathExpr } of container.volumeMounts ?? []) {
      const volume = pod.spec.volumes?.find(candidate => candidate.name === name)
      if (!volume) throw new ConfigError(`volumeMounts: there is no volume "${name}" in spec.volumes`)
      const base = volume.hostPath?.path ?? this.#path(volume)
      const inside = safePath(subPathExpr ? expand(subPathExpr, env) : (subPath ?? ''))
      const target = join(base, inside)
      if (inside !== '' && volume.emptyDir) await mkdir(target, { recursive: true, mode: 0o755 })
      mounts.push({ volume: name, mountPath, target })
    }
    return mounts
  }

  #path(volume: Volume): string {
    return join(this.#directory, volume.name)
  }

  async #write(volume: Volume, facts: PodFacts): Promise<void> {
    const content = volumeContent(volume, facts, this.#sources)
    switch (content.kind) {
      case 'empty':
        await mkdir(this.#path(volume), { recursive: true, mode: 0o755 })
        return
      case 'host':
        prepareHostPath(content.path, content.type)
        return
      case 'files':
        await mkdir(this.#directory, { recursive: true, mode: 0o700 })
        await writePayload(this.#path(volume), content.files)
    }
  }
}
