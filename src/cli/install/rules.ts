import type { Access } from '../../kernel/access.ts'
import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'

/** Rules of RBAC for rights, one for each group and set of verbs; what is asked for several times is asked for once. */
export function rulesFor(access: readonly Access[]): PolicyRule[] {
  const verbsOf = new Map<string, { group: string; resource: string; verbs: Set<string> }>()
  for (const { kinds, subresource, verbs } of access)
    for (const { group, plural } of kinds) {
      const resource = subresource ? `${plural}/${subresource}` : plural
      const key = `${group}/${resource}`
      const known = verbsOf.get(key) ?? { group, resource, verbs: new Set() }
      for (const verb of verbs) known.verbs.add(verb)
      verbsOf.set(key, known)
    }
  const rules = new Map<string, PolicyRule & { resources: string[] }>()
  for (const { group, resource, verbs } of verbsOf.values()) {
    const sorted = [...verbs].sort()
    const key = `${group} ${sorted.join(' ')}`
    const rule = rules.get(key) ?? { apiGroups: [group], resources: [], verbs: sorted }
    rule.resources.push(resource)
    rules.set(key, rule)
  }
  return [...rules.values()].map(rule => ({ ...rule, resources: rule.resources.sort() }))
}

/** The rights among these to kinds that are in namespaces, or that are not. */
export const scopedTo = (namespaced: boolean, access: readonly Access[]): Access[] =>
  access.flatMap(right => {
    const kinds = right.kinds.filter(kind => kind.namespaced === namespaced)
    return kinds.length > 0 ? [{ ...right, kinds }] : []
  })
