import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'

/** The command of a container cannot be executed; the message is worded as container runtimes do. */
export class ExecutableError extends Error {
  override name = 'ExecutableError'
}

/** The search path of containers: that of container runtimes, with Homebrew's folder for macOS. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin'

interface Search {
  path: string
  cwd: string
  /** The unpacked image: absolute paths are looked for there first. */
  root?: string | undefined
}

/** The file to execute for the first word of a command. Throws ExecutableError. */
export function findExecutable(command: string, { path, cwd, root }: Search): string {
  if (command === '') throw new ExecutableError('exec: "": executable file not found in $PATH')
  // The runtime that Drave itself has is always there, under whatever PATH.
  if (command === 'node') return process.execPath
  if (command.includes('/')) {
    const inRoot = root && isAbsolute(command) ? join(root, command) : undefined
    if (inRoot && problem(inRoot) === undefined) return inRoot
    const file = resolve(cwd, command)
    const why = problem(file)
    if (why) throw new ExecutableError(`exec: "${command}": stat ${file}: ${why}`)
    return file
  }
  let denied = false
  for (const folder of path.split(':')) {
    const candidates = root && isAbsolute(folder) ? [join(root, folder, command)] : []
    for (const file of [...candidates, resolve(cwd, folder, command)]) {
      const why = problem(file)
      if (why === undefined) return file
      if (why === 'permission denied') denied = true
    }
  }
  throw new ExecutableError(
    denied
      ? `exec: "${command}": permission denied`
      : `exec: "${command}": executable file not found in $PATH`,
  )
}

function problem(file: string): string | undefined {
  try {
    if (statSync(file).isDirectory()) return 'is a directory'
  } catch {
    return 'no such file or directory'
  }
  try {
    accessSync(file, constants.X_OK)
    return undefined
  } catch {
    return 'permission denied'
  }
}
