import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import type { UserInfo } from '../request.ts'
import { aggregated } from './authorizer.ts'

/** Says which rights somebody lacks, in upstream's words; `lacking` has one verb a rule. */
export function describeMissing(
  { username, groups }: UserInfo,
  lacking: readonly PolicyRule[],
  errors: readonly string[],
): string {
  const lines = [...new Set(compacted(lacking).map(compactText))].sort()
  const trouble = errors.length > 0 ? `; resolution errors: [${aggregated(errors)}]` : ''
  return `user ${JSON.stringify(username)} (groups=${list(groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${trouble}`
}

/** Rules on the same resource become one, with all their verbs. */
function compacted(rules: readonly PolicyRule[]): PolicyRule[] {
  const bySubject = new Map<string, PolicyRule>()
  const others: PolicyRule[] = []
  for (const rule of rules) {
    if (rule.nonResourceURLs) {
      others.push(rule)
      continue
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames])
    const known = bySubject.get(key)
    bySubject.set(key, known ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule)
  }
  return [...others, ...bySubject.values()]
}

function compactText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  })
  return `{${parts.flatMap(([name, values]) => (values?.length ? [`${name}:${list(values)}`] : [])).join(', ')}}`
}

/** A list of texts as Go's %q prints it. */
const list = (values: readonly string[]): string =>
  `[${values.map(value => JSON.stringify(value)).join(' ')}]`
