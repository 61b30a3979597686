import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface BuiltinRow {
  group: string
  version: string
  plural: string
  kind: string
  namespaced: boolean
  verbs: string[]
  subresources: Record<string, { group: string; version: string; kind: string; verbs: string[] }>
}

/** The rows of data/kubernetes/resources.json. */
export function readBuiltinRows(): BuiltinRow[] {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'data/kubernetes/resources.json'))) {
    const parent = dirname(folder)
    if (parent === folder)
      throw new Error(`data/kubernetes/resources.json is missing above ${import.meta.dirname}`)
    folder = parent
  }
  return JSON.parse(readFileSync(join(folder, 'data/kubernetes/resources.json'), 'utf8'))
}
