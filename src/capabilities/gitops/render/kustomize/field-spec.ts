import { isJsonObject, type Json } from '../../../../kube/schema/schema.ts'
import { groupOf, type Resource, versionOf } from './resource.ts'

/** A field in objects of some kinds. `a/b[]/c`: `[]` goes into every item of a list. */
export interface FieldSpec {
  group?: string
  version?: string
  kind?: string
  path: string
  /** Makes the field where it is missing. */
  create?: boolean
}

export const applies = (spec: FieldSpec, resource: Resource): boolean =>
  (spec.kind === undefined || spec.kind === resource.object.kind) &&
  (spec.group === undefined || spec.group === groupOf(resource)) &&
  (spec.version === undefined || spec.version === versionOf(resource))

/** Replaces the values at a field; `change` gets undefined only for a field to be made, and keeps by returning undefined. */
export function changeField(object: Json, spec: FieldSpec, change: (value: unknown) => unknown): void {
  const tokens = spec.path
    .split('/')
    .flatMap(part => (part.endsWith('[]') ? [part.slice(0, -2), '[]'] : [part]))
  walk(object, { tokens, at: 0, create: spec.create === true, change })
}

interface Walk {
  tokens: readonly string[]
  at: number
  create: boolean
  change: (value: unknown) => unknown
}

function walk(node: unknown, { tokens, at, create, change }: Walk): void {
  const token = tokens[at] ?? ''
  const isLast = at === tokens.length - 1
  const next = { tokens, at: at + 1, create, change }
  if (token === '[]') {
    if (!Array.isArray(node)) return
    for (const [index, item] of node.entries()) {
      if (!isLast) walk(item, next)
      else {
        const value = change(item)
        if (value !== undefined) node[index] = value
      }
    }
    return
  }
  // A list met on the way is gone into, as kustomize does for its own configuration's paths.
  if (Array.isArray(node)) {
    for (const item of node) walk(item, { tokens, at, create, change })
    return
  }
  if (!isJsonObject(node)) return
  const name = token.replaceAll('~1', '/')
  if (isLast) {
    if (node[name] === undefined && !create) return
    const value = change(node[name])
    if (value !== undefined) node[name] = value
    return
  }
  if (node[name] === undefined || node[name] === null) {
    if (!create || tokens[at + 1] === '[]') return
    node[name] = {}
  }
  walk(node[name], next)
}
