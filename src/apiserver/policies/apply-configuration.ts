import { copyJson } from '../../kube/copy.ts'
import { mergeApplied } from '../../kube/apply/merge.ts'
import { fieldSchema, structureOf } from '../../kube/apply/structure.ts'
import { typedProblems } from '../../kube/apply/typed-problems.ts'
import type { KubeObject } from '../../kube/object.ts'
import { isJsonObject, type Json, type Schema } from '../../kube/schema/schema.ts'

/**
 * Lays an apply configuration over an object, as server-side apply does but without owners. Throws Error that says why
 * it cannot, in upstream's words (plugin/policy/mutating/patch/smd.go).
 */
export function applyConfiguration(
  object: KubeObject,
  configuration: Json,
  schema: Schema | undefined,
): KubeObject {
  const { apiVersion, kind } = object
  const patch = { ...configuration, apiVersion, kind }
  const problems = typedProblems(schema, patch)
  if (problems.length > 0) {
    const list = problems.length === 1 ? problems[0] : ['errors:', ...problems].join('\n  ')
    throw new Error(`error applying patch: failed to convert patch object to typed object: ${list}`)
  }
  const atomics = atomicPaths(schema, patch, '')
  if (atomics.length > 0)
    throw new Error(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
    )
  // Both are objects, and so is what comes of them.
  return mergeApplied(schema, copyJson(object), patch) as KubeObject
}

/** Where a patch would replace a whole list or struct that has no parts: whoever writes that means something else. */
function atomicPaths(schema: Schema | undefined, value: unknown, path: string): string[] {
  if (!schema) return []
  const isAtomic = typeof value === 'object' && value !== null && structureOf(schema, value) === 'leaf'
  const own = isAtomic ? [path] : []
  if (Array.isArray(value))
    return [...own, ...value.flatMap((item, index) => atomicPaths(schema.items, item, `${path}[${index}]`))]
  if (!isJsonObject(value)) return []
  return [
    ...own,
    ...Object.keys(value).flatMap(key => atomicPaths(fieldSchema(schema, key), value[key], `${path}.${key}`)),
  ]
}
