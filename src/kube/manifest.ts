import { LineCounter, parseAllDocuments } from 'yaml'
import type { DraftMeta } from './object.ts'
import { nestsTooDeep, TOO_DEEP } from './yaml-depth.ts'
import { kubernetesYaml } from './yaml-options.ts'

/** An object as somebody wrote it, before the API has seen it. */
export interface ManifestObject {
  apiVersion: string
  kind: string
  metadata: DraftMeta
  [field: string]: unknown
}

export interface Manifest {
  object: ManifestObject
  file: string
  /** Where its document begins, from 1. */
  line: number
}

/** Text that is not a manifest; the message begins with `file:line`. */
export class ManifestError extends Error {
  override name = 'ManifestError'
  readonly file: string
  readonly line: number

  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`)
    this.file = file
    this.line = line
  }
}

/**
 * Reads the objects in a YAML (1.1 rules, as Kubernetes reads it) or JSON text: several documents, Lists expanded,
 * empty documents skipped. Throws ManifestError for the first problem, so that nothing of a broken file is used.
 */
export function parseManifests(text: string, file: string): Manifest[] {
  if (nestsTooDeep(text)) throw new ManifestError(file, 1, `not valid YAML: ${TOO_DEEP}`)
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(text, { ...kubernetesYaml, lineCounter })
  const manifests: Manifest[] = []
  if (!Array.isArray(documents)) return manifests
  for (const document of documents) {
    const [error] = document.errors
    if (error)
      throw new ManifestError(
        file,
        lineCounter.linePos(error.pos[0]).line,
        `not valid YAML: ${error.message}`,
      )
    if (document.contents === null) continue
    const line = lineCounter.linePos(document.contents.range?.[0] ?? 0).line
    let value: unknown
    try {
      value = document.toJS({ maxAliasCount: 1000 })
    } catch (error) {
      // An alias without its anchor, or more aliases than anybody writes.
      throw new ManifestError(file, line, `not valid YAML: ${(error as Error).message}`)
    }
    for (const object of expand(value, file, line)) manifests.push({ object, file, line })
  }
  return manifests
}

function expand(value: unknown, file: string, line: number): ManifestObject[] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ManifestError(
      file,
      line,
      `the document is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not an object with apiVersion and kind`,
    )
  const { apiVersion, kind, metadata, items } = value as Record<string, unknown>
  for (const [name, field] of Object.entries({ apiVersion, kind }))
    if (typeof field !== 'string' || field === '')
      throw new ManifestError(file, line, `${name}: Required value`)
  if (String(kind).endsWith('List') && Array.isArray(items))
    return items.flatMap(item => expand(item, file, line))
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw new ManifestError(file, line, `${kind}: metadata: Required value`)
  const { name, generateName } = metadata as Record<string, unknown>
  if (typeof name !== 'string' && typeof generateName !== 'string')
    throw new ManifestError(file, line, `${kind}: metadata.name: Required value`)
  // What the API needs to know of it was checked above; the schema checks the rest.
  return [value as ManifestObject]
}
