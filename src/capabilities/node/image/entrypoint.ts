import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ImageBuildError } from './build-error.ts'

interface PackageFile {
  main?: unknown
  bin?: unknown
  scripts?: { start?: unknown }
}

const HINT = 'name the command with --entrypoint, for instance --entrypoint "node server.js"'

/** The command that starts the application in a directory: from package.json, as `npm start` would. Throws ImageBuildError. */
export function entrypointOf(directory: string): string[] {
  const file = join(directory, 'package.json')
  if (!existsSync(file))
    throw new ImageBuildError(`${directory} has no package.json to tell the command`, HINT)
  let content: PackageFile
  try {
    content = JSON.parse(readFileSync(file, 'utf8')) as PackageFile
  } catch (error) {
    throw new ImageBuildError(`${file}: ${(error as Error).message}`)
  }
  const start = content.scripts?.start
  if (typeof start === 'string') {
    const words = start.trim().split(/\s+/)
    if (words[0] === 'node' && words.length > 1 && !/[|&;<>$`"'\\*?(){}]/.test(start)) return words
    throw new ImageBuildError(
      `${file}: scripts.start is ${JSON.stringify(start)}, not of the form "node FILE"`,
      HINT,
    )
  }
  const { main, bin } = content
  const script =
    typeof main === 'string'
      ? main
      : typeof bin === 'string'
        ? bin
        : typeof bin === 'object' && bin !== null && Object.keys(bin).length === 1
          ? Object.values(bin)[0]
          : // What npm and node fall back to.
            ['server.js', 'index.js'].find(name => existsSync(join(directory, name)))
  if (typeof script !== 'string') throw new ImageBuildError(`${file} has no scripts.start, main or bin`, HINT)
  if (!existsSync(join(directory, script)))
    throw new ImageBuildError(`${file} names ${script}, which does not exist in ${directory}`, HINT)
  return ['node', script]
}
