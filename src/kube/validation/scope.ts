import type { Kind } from '../kind.ts'
import { builtinResources } from '../resources.ts'

let scopes: Map<string, boolean> | undefined

/** Whether objects of a built-in kind live in namespaces; undefined for kinds that are not built in. */
export function resourceScope({ group, kind }: Pick<Kind, 'group' | 'kind'>): boolean | undefined {
  scopes ??= new Map(builtinResources().map(row => [`${row.group}/${row.kind}`, row.namespaced]))
  return scopes.get(`${group}/${kind}`)
}
