import { statSync } from 'node:fs'
import { isAbsolute, join, posix } from 'node:path'
import type { Container } from '../../../kube/generated/core-v1.ts'
import type { LocalImage } from '../image/image-store.ts'
import { DEFAULT_PATH, ExecutableError, findExecutable } from './executable.ts'
import { expand } from './expand.ts'
import { type Relocation, relocate, relocatePath } from './relocate.ts'

/** What to execute for a container, or for a command in it. */
export interface Executable {
  file: string
  args: string[]
}

/** The surroundings of a container's processes. */
export interface Setting {
  env: Record<string, string>
  cwd: string
  /** The directory that stands for `/`: a copy of the image with the mounts in it, or only the mounts. */
  root: string
  image: LocalImage | undefined
  mountPaths: readonly string[]
}

/** The command line of a container: its own command and args, over the image's entrypoint and cmd, as the API says. */
export function commandLine(container: Container, image: LocalImage | undefined): string[] {
  const { command, args } = container
  if (command?.length) return [...command, ...(args ?? [])]
  return [...(image?.entrypoint ?? []), ...(args?.length ? args : (image?.cmd ?? []))]
}

/** Where the paths of this setting lead. */
const relocationOf = ({ root, image, mountPaths }: Setting): Relocation => ({
  root,
  mountPaths,
  hasImage: image !== undefined,
})

/** The environment with paths under mounts, and the image's PATH, pointing to where things are. */
export function relocatedEnvironment(setting: Setting): Record<string, string> {
  const relocation = relocationOf(setting)
  // The image does not count here: a value such as `/` in a variable is rarely a path in it.
  const mountsOnly = { ...relocation, hasImage: false }
  const env = Object.fromEntries(
    Object.entries(setting.env).map(([name, value]) => [name, relocate(value, mountsOnly)]),
  )
  const path = setting.env['PATH'] ?? DEFAULT_PATH
  return { ...env, PATH: setting.image ? relocatePath(path, setting.root) : path }
}

/** The directory that a container's processes start in. Throws ExecutableError when there is none. */
export function workingDirectory(container: Container, setting: Omit<Setting, 'env' | 'cwd'>): string {
  const { root, image, mountPaths } = setting
  const wanted = container.workingDir || image?.workingDir
  if (!wanted) return root
  if (!isAbsolute(wanted)) throw new ExecutableError(`workingDir "${wanted}" must be an absolute path`)
  const mounted = mountPaths.some(path => posix.join(wanted, '/').startsWith(posix.join(path, '/')))
  const directory = image || mounted ? join(root, wanted) : wanted
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new ExecutableError(
      `chdir to workingDir "${wanted}": no such directory ${image ? 'in the image' : 'on this host'}`,
    )
  return directory
}

/** Resolves a command line in a setting whose environment is relocated. Throws ExecutableError. */
export function executable(command: readonly string[], setting: Setting): Executable {
  const [first = '', ...rest] = command.map(word => expand(word, setting.env))
  const relocation = relocationOf(setting)
  return {
    file: findExecutable(relocate(first, { ...relocation, hasImage: false }), {
      path: setting.env['PATH'] ?? DEFAULT_PATH,
      cwd: setting.cwd,
      root: setting.image ? setting.root : undefined,
    }),
    args: rest.map(word => relocate(word, relocation)),
  }
}
