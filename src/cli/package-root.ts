import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with Drave's package.json, from the sources as well as from the built bundle. */
export function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      if (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'drave') return folder
    } catch {
      if (folder === dirname(folder))
        throw new Error('the package.json of drave is not in any folder above this file')
    }
  }
}
