import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `demo.json` of an example: what `drave up --demo` seeds. Paths are relative to the example's folder. */
export interface Demo {
  repository: string
  defaultBranch: string
  /** Folders and files of the first commit. */
  base: { paths: string[]; message: string }
  branches: DemoBranch[]
  /** Images built from a folder of the base, or of a branch when one is named. */
  images: { name: string; folder: string; branch?: string }[]
  application: string
}

export const readDemo = (folder: string): Demo =>
  JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as Demo

/** A branch: its folder's files over those of its parent (the default branch when none is named), without the removed ones. */
export interface DemoBranch {
  name: string
  parent?: string
  folder: string
  remove?: string[]
  message: string
  title: string
  description: string
}
