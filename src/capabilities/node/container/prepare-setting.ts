import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import type { LocalImage } from '../image/image-store.ts'
import { type Mount, makeRoot } from '../volumes/container-root.ts'
import type { PodFacts } from './downward.ts'
import { type ConfigSources, environment } from './environment.ts'
import { DEFAULT_PATH } from './executable.ts'
import { relocatedEnvironment, type Setting, workingDirectory } from './start-plan.ts'

/** Annotation of a pod: each container gets a writable copy of its image instead of the shared tree. */
const WRITABLE_ROOT = 'node.drave.dev/writable-root'

/** Stands for a volume where the mount is the container's last words; no volume's name has blanks. */
export const TERMINATION_LOG = 'termination log'

interface SettingInput {
  container: Container
  pod: Pod
  image: LocalImage | undefined
  facts: PodFacts
  sources: ConfigSources
  /** The pod's directory. */
  home: string
  /** Where the container's root is made, when it needs one. */
  rootDirectory: string
  mountsOf(env: Readonly<Record<string, string>>): Promise<Mount[]>
}

/** Makes the surroundings that a container's processes run in. Throws ConfigError or ExecutableError. */
export async function prepareSetting(input: SettingInput): Promise<Setting> {
  const { container, pod, image, facts, sources, home, rootDirectory } = input
  const raw = environment({
    container,
    facts,
    sources,
    image: image?.env ?? {},
    node: { PATH: DEFAULT_PATH, HOME: home, HOSTNAME: pod.spec.hostname ?? pod.metadata.name },
  })
  const mounts = await input.mountsOf(raw)
  const copy =
    image !== undefined && (image.hasVolumes || pod.metadata.annotations?.[WRITABLE_ROOT] === 'true')
  // An image without mounts needs no root of its own: it runs from the shared tree.
  const shared = mounts.length === 0 && !copy ? image?.root : undefined
  if (shared === undefined) await makeRoot({ directory: rootDirectory, mounts, image: image?.root, copy })
  const places: Omit<Setting, 'env' | 'cwd'> = {
    root: shared ?? rootDirectory,
    image,
    // A hostPath that is mounted where it lies needs no rewriting.
    mountPaths: mounts.filter(mount => mount.target !== mount.mountPath).map(mount => mount.mountPath),
  }
  const exposed = Object.fromEntries(
    mounts
      .filter(({ volume }) => volume !== TERMINATION_LOG)
      .map(({ volume, target }) => [`DRAVE_MOUNT_${volume.toUpperCase().replaceAll('-', '_')}`, target]),
  )
  const cwd = workingDirectory(container, places)
  const setting = { ...places, cwd, env: { DRAVE_ROOT: places.root, ...exposed, ...raw } }
  return { ...setting, env: relocatedEnvironment(setting) }
}
