import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { ConfigError } from './config-error.ts'

/** A file of variables is read whole. */
const MAX_BYTES = 2 ** 20

/**
 * One variable of a file of variables (KEP-3721): lines `NAME='value'`, a value may go over several lines, `#` begins a
 * comment. Undefined when the variable is not there or empty. Throws ConfigError, with the line, for anything else.
 */
export function variableInFile(text: string, key: string): string | undefined {
  const lines = text.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? '').replace(/^[ \t]+/, '')
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', blank = '', value = ''] = /^([^=]*)=([ \t]*)(.*)$/.exec(line) ?? []
    if (name === '' || /[ \t]$/.test(name)) throw malformed(at, 'it is not NAME=…')
    // As a shell would have it: the variable is empty.
    if (blank !== '') {
      if (name === key) return undefined
      continue
    }
    if (!value.startsWith("'")) throw malformed(at, 'the value is not in single quotes')
    const start = at
    let content = value.slice(1)
    while (!content.includes("'")) {
      at++
      if (at >= lines.length) throw malformed(start, 'the quote is not closed')
      content += `\n${lines[at]}`
    }
    const end = content.indexOf("'")
    if (!/^[ \t]*(#.*)?$/.test(content.slice(end + 1))) throw malformed(at, 'something follows the value')
    if (name === key) return content.slice(0, end) || undefined
  }
  return undefined
}

const malformed = (index: number, why: string): ConfigError =>
  new ConfigError(`couldn't parse env file: line ${index + 1}: ${why}`)

/** A plain file of a volume; links do not lead out of it. Throws ConfigError. */
export function fileOfVolume(volume: string, path: string): string {
  let descriptor: number | undefined
  try {
    const [root, file] = [realpathSync(volume), realpathSync(join(volume, path))]
    if (!file.startsWith(root + sep)) throw new Error('it leaves the volume')
    // A pipe in its place would be waited for without O_NONBLOCK.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const about = fstatSync(descriptor)
    if (!about.isFile() || about.size > MAX_BYTES)
      throw new Error(`it is no file of at most ${MAX_BYTES} bytes`)
    return readFileSync(descriptor, 'utf8')
  } catch (error) {
    throw new ConfigError(`couldn't parse env file: ${path}: ${(error as Error).message}`, { cause: error })
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
