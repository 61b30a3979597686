import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { ConfigError } from '../container/config-error.ts'

/** Checks (and for the `OrCreate` types makes) a path of the host, as the API's HostPathType says. */
export function prepareHostPath(path: string, type: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  switch (type) {
    case '':
      return
    case 'DirectoryOrCreate':
      if (!found) mkdirSync(path, { recursive: true, mode: 0o755 })
      else if (!found.isDirectory()) throw mismatch(path, 'directory')
      return
    case 'FileOrCreate':
      if (!found) closeSync(openSync(path, 'a', 0o644))
      else if (!found.isFile()) throw mismatch(path, 'file')
      return
    case 'Directory':
      if (!found?.isDirectory()) throw mismatch(path, 'directory')
      return
    case 'File':
      if (!found?.isFile()) throw mismatch(path, 'file')
      return
    case 'Socket':
      if (!found?.isSocket()) throw mismatch(path, 'socket file')
      return
    case 'CharDevice':
      if (!found?.isCharacterDevice()) throw mismatch(path, 'character device')
      return
    case 'BlockDevice':
      if (!found?.isBlockDevice()) throw mismatch(path, 'block device')
      return
    default:
      throw new ConfigError(`hostPath type "${type}" is not supported`)
  }
}

const mismatch = (path: string, wanted: string): ConfigError =>
  new ConfigError(`hostPath type check failed: ${path} is not a ${wanted}`)
