import { loadData } from './data.ts'
import { categories, shortNames } from './resource-names.ts'
import { builtinSchema } from './schema/builtin.ts'
import type { Schema } from './schema/schema.ts'

/** What a subresource accepts and answers: its own kind (`Scale`, `Eviction`) or the resource's. */
export interface Subresource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
}

/** One served resource, built-in or custom: a Kind with everything that discovery and decoding need. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: Readonly<Record<string, Subresource>>
  /** Undefined where nothing is known of the shape. Built-in schemas are linked when first read. */
  readonly schema: Schema | undefined
}

type Row = Pick<Resource, 'group' | 'version' | 'plural' | 'kind' | 'namespaced' | 'verbs' | 'subresources'>

let resources: readonly Resource[] | undefined

/** Every resource that Kubernetes 1.36 serves, all versions, in order of group, version and plural. */
export function builtinResources(): readonly Resource[] {
  resources ??= (loadData('kubernetes/resources.json') as readonly Row[]).map(toResource)
  return resources
}

function toResource(row: Row): Resource {
  const id = `${row.group}/${row.plural}`
  return {
    ...row,
    singular: row.kind.toLowerCase(),
    listKind: `${row.kind}List`,
    shortNames: shortNames[id] ?? [],
    categories: categories[id] ?? [],
    get schema() {
      return builtinSchema(row.group, row.version, row.kind)
    },
  }
}
