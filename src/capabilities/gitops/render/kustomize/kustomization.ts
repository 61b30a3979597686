import { isJsonObject, type Json } from '../../../../kube/schema/schema.ts'
import { type FileTree, joinPath } from '../file-tree.ts'
import { RenderError } from '../render-error.ts'
import { yamlDocuments } from '../yaml-documents.ts'

export interface PatchTarget {
  group?: string
  version?: string
  kind?: string
  name?: string
  namespace?: string
  labelSelector?: string
  annotationSelector?: string
}
export interface Patch {
  path?: string
  patch?: string
  target?: PatchTarget
  options?: { allowNameChange?: boolean; allowKindChange?: boolean }
}
export interface Image {
  name: string
  newName?: string
  newTag?: string
  digest?: string
}
export interface Labels {
  pairs?: Record<string, string>
  includeSelectors?: boolean
  includeTemplates?: boolean
}
export interface GeneratorOptions {
  labels?: Record<string, string>
  annotations?: Record<string, string>
  disableNameSuffixHash?: boolean
  immutable?: boolean
}
export interface Generator {
  name: string
  namespace?: string
  behavior?: 'create' | 'replace' | 'merge'
  files?: string[]
  literals?: string[]
  envs?: string[]
  env?: string
  options?: GeneratorOptions
  /** Secrets only. */
  type?: string
}

/** A kustomization.yaml: the fields that are supported. */
export interface Kustomization {
  kind?: string
  resources: string[]
  components: string[]
  namePrefix?: string
  nameSuffix?: string
  namespace?: string
  labels: Labels[]
  commonLabels?: Record<string, string>
  commonAnnotations?: Record<string, string>
  images: Image[]
  replicas: { name: string; count: number }[]
  patches: Patch[]
  patchesStrategicMerge: string[]
  patchesJson6902: Patch[]
  configMapGenerator: Generator[]
  secretGenerator: Generator[]
  generatorOptions?: GeneratorOptions
}

/** The names under which a directory's kustomization is found. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

type Shape = 'text' | 'flag' | 'count' | 'texts' | 'map' | { list: Fields } | { object: Fields }
type Fields = Readonly<Record<string, Shape>>

const target: Fields = {
  group: 'text',
  version: 'text',
  kind: 'text',
  name: 'text',
  namespace: 'text',
  labelSelector: 'text',
  annotationSelector: 'text',
}
const generatorOptions: Fields = {
  labels: 'map',
  annotations: 'map',
  disableNameSuffixHash: 'flag',
  immutable: 'flag',
}
const generator: Fields = {
  name: 'text',
  namespace: 'text',
  behavior: 'text',
  files: 'texts',
  literals: 'texts',
  envs: 'texts',
  env: 'text',
  options: { object: generatorOptions },
}
const patch: Fields = {
  path: 'text',
  patch: 'text',
  target: { object: target },
  options: { object: { allowNameChange: 'flag', allowKindChange: 'flag' } },
}
const fields: Fields = {
  apiVersion: 'text',
  kind: 'text',
  resources: 'texts',
  bases: 'texts',
  components: 'texts',
  namePrefix: 'text',
  nameSuffix: 'text',
  namespace: 'text',
  labels: { list: { pairs: 'map', includeSelectors: 'flag', includeTemplates: 'flag' } },
  commonLabels: 'map',
  commonAnnotations: 'map',
  images: { list: { name: 'text', newName: 'text', newTag: 'text', digest: 'text' } },
  replicas: { list: { name: 'text', count: 'count' } },
  patches: { list: patch },
  patchesStrategicMerge: 'texts',
  patchesJson6902: { list: patch },
  configMapGenerator: { list: generator },
  secretGenerator: { list: { ...generator, type: 'text' } },
  generatorOptions: { object: generatorOptions },
}
/** Fields that change nothing. Any other is refused by name, because it would. */
const ignored = new Set(['metadata'])

/** Reads the kustomization of a directory, or undefined where it has none. Throws RenderError naming file and field. */
export async function readKustomization(tree: FileTree, folder: string): Promise<Kustomization | undefined> {
  for (const name of kustomizationNames) {
    const file = joinPath(folder, name) ?? name
    const content = await tree.read(file)
    if (content) return parseKustomization(content.toString('utf8'), file)
  }
  return undefined
}

/** Parses and checks; `bases` joins `resources`, as kustomize does. */
export function parseKustomization(text: string, file: string): Kustomization {
  const [value = {}, ...more] = yamlDocuments(text, file)
  if (more.length > 0) throw new RenderError(`${file}: holds more than one document`)
  if (!isJsonObject(value)) throw new RenderError(`${file}: is not an object`)
  const checked = checkFields(value, fields, file, '') as unknown as Partial<Kustomization> & {
    bases?: string[]
  }
  const list = <T>(items: T[] | undefined): T[] => items ?? []
  const { bases, ...rest } = checked
  return {
    ...rest,
    resources: [...list(rest.resources), ...list(bases)],
    components: list(rest.components),
    labels: list(rest.labels),
    images: list(rest.images),
    replicas: list(rest.replicas),
    patches: list(rest.patches),
    patchesStrategicMerge: list(rest.patchesStrategicMerge),
    patchesJson6902: list(rest.patchesJson6902),
    configMapGenerator: list(rest.configMapGenerator),
    secretGenerator: list(rest.secretGenerator),
  }
}

/** The object with every value of the declared shape; null fields are absent. */
function checkFields(object: Json, shapes: Fields, file: string, path: string): Json {
  const result: Json = {}
  for (const [name, value] of Object.entries(object)) {
    const field = path === '' ? name : `${path}.${name}`
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined
    if (!shape) {
      if (path === '' && ignored.has(name)) continue
      throw new RenderError(`${file}: field ${field} is not supported yet`)
    }
    if (value === null || value === undefined) continue
    result[name] = checkValue(value, shape, file, field)
  }
  return result
}

function checkValue(value: unknown, shape: Shape, file: string, field: string): unknown {
  const wrong = (wanted: string) => new RenderError(`${file}: field ${field} must be ${wanted}`)
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  switch (shape) {
    case 'text':
      if (typeof value !== 'string')
        throw wrong(`a string${isScalar ? `; put ${JSON.stringify(value)} in quotes` : ''}`)
      return value
    case 'flag':
      if (typeof value !== 'boolean') throw wrong('true or false')
      return value
    case 'count':
      if (!Number.isInteger(Number(value)) || !isScalar) throw wrong('a whole number')
      return Number(value)
    case 'texts':
      if (!Array.isArray(value) || value.some(item => typeof item !== 'string'))
        throw wrong('a list of strings')
      return value
    case 'map':
      if (!isJsonObject(value)) throw wrong('a map of strings')
      for (const [key, item] of Object.entries(value))
        if (typeof item !== 'string')
          throw new RenderError(
            `${file}: field ${field}.${key} must be a string; put ${JSON.stringify(item)} in quotes`,
          )
      return value
  }
  if ('object' in shape) {
    if (!isJsonObject(value)) throw wrong('an object')
    return checkFields(value, shape.object, file, field)
  }
  if (!Array.isArray(value)) throw wrong('a list')
  return value.map((item: unknown, index) => {
    const at = `${field}[${index}]`
    if (!isJsonObject(item)) throw new RenderError(`${file}: field ${at} must be an object`)
    return checkFields(item, shape.list, file, at)
  })
}
