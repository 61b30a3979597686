import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import type { Attributes } from './attributes.ts'

const ALL = '*'

/** Whether one rule allows what is asked, as upstream's RuleAllows. */
export function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  if (!hasOrAll(rule.verbs, asked.verb)) return false
  if ('path' in asked) return rule.nonResourceURLs?.some(url => urlCovers(url, asked.path)) ?? false
  return (
    hasOrAll(rule.apiGroups, asked.group) &&
    allowsResource(rule.resources, asked.resource, asked.subresource) &&
    allowsName(rule.resourceNames, asked.name)
  )
}

/** `/healthz` covers itself, `/healthz/*` what begins so, `*` everything. */
export const urlCovers = (pattern: string, path: string): boolean =>
  pattern === ALL ||
  pattern === path ||
  (pattern.endsWith(ALL) && path.startsWith(pattern.replace(/\*+$/, '')))

const hasOrAll = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes(value) || values.includes(ALL))

/** `pods` is not `pods/log`; every subresource of a name is `*` + `/name`. */
function allowsResource(
  rules: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  if (!rules) return false
  if (subresource === '') return rules.includes(ALL) || rules.includes(resource)
  return (
    rules.includes(ALL) || rules.includes(`${resource}/${subresource}`) || rules.includes(`*/${subresource}`)
  )
}

const allowsName = (names: readonly string[] | undefined, name: string): boolean =>
  names === undefined || names.length === 0 || names.includes(name)
