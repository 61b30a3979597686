import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = new Map<string, unknown>()
let root: string | undefined

/** The package's folder: the nearest one above this file with a package.json, both in src/ and bundled in dist/. */
function packageRoot(): string {
  if (root !== undefined) return root
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder)
      throw new Error(`no package.json above ${import.meta.url}: data files cannot be found`)
    folder = parent
  }
  root = folder
  return folder
}

/** Drave's version. */
export const packageVersion = (): string =>
  // The file is the package's own.
  (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version

/** Reads a JSON file under the package's `data/` folder, once. The value is shared: callers must not change it. */
export function loadData(path: string): unknown {
  const known = cache.get(path)
  if (known !== undefined) return known
  const value: unknown = JSON.parse(readFileSync(join(packageRoot(), 'data', path), 'utf8'))
  cache.set(path, value)
  return value
}
