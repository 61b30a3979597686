import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cgroupLimits } from '../../cgroup/limits.ts'
import { environment } from '../../container/environment.ts'
import { DEFAULT_PATH, ExecutableError } from '../../container/executable.ts'
import { expand } from '../../container/expand.ts'
import { commandLine } from '../../container/start-plan.ts'
import type { Mount } from '../../volumes/container-root.ts'
import type { ContainerOrder } from '../container-runtime.ts'
import type { Namespaces, OciPlan } from './config-json.ts'
import { etcMounts, hostnameOf } from './etc-files.ts'
import { rootlessIds } from './id-maps.ts'
import { makeRootfs } from './rootfs.ts'
import { userOf } from './security.ts'

interface PlanParts {
  /** From the root of the hierarchy; undefined: the engine makes no group. */
  cgroupsPath: string | undefined
  ownCgroupNamespace: boolean
  namespaces(): Promise<Namespaces>
}

/** Makes a container's root and says how it is to be run. Throws ConfigError, ExecutableError or SandboxError. */
export async function ociPlan(order: ContainerOrder, parts: PlanParts): Promise<OciPlan> {
  const { pod, container, image, facts, sources, directory } = order
  if (!image) throw new ExecutableError(`container "${container.name}" has no image to run from`)
  const user = userOf(pod, container, { user: image.user, root: image.root })
  const env = environment({
    container,
    facts,
    sources,
    image: image.env,
    node: { PATH: DEFAULT_PATH, HOSTNAME: hostnameOf(pod), HOME: user.uid === 0 ? '/root' : '/' },
  })
  const args = commandLine(container, image).map(word => expand(word, env))
  if (args.length === 0) throw new ExecutableError('no command specified')
  await mkdir(directory, { recursive: true, mode: 0o711 })
  const volumes = await order.mountsOf(env)
  const taken = new Set(volumes.map(mount => mount.mountPath))
  const etc = await etcMounts(pod, facts.podIP, { directory: join(directory, 'etc'), taken })
  const rootless = rootlessIds(user)
  return {
    pod,
    container,
    args,
    env,
    cwd: container.workingDir || image.workingDir || '/',
    user,
    rootPath: await makeRootfs(image.root, directory, rootless?.hasRange ?? false),
    hostname: hostnameOf(pod),
    mounts: [...etc, ...volumes, terminationMount(order)],
    namespaces: await parts.namespaces(),
    limits: cgroupLimits(container.resources),
    cgroupsPath: parts.cgroupsPath,
    ownCgroupNamespace: parts.ownCgroupNamespace,
    rootless,
    tty: container.tty ?? false,
  }
}

const terminationMount = ({ container, terminationFile }: ContainerOrder): Mount => ({
  volume: 'termination-log',
  mountPath: container.terminationMessagePath || '/dev/termination-log',
  target: terminationFile,
  readOnly: false,
})
