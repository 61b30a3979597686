import type { RuleWithOperations } from '../../kube/generated/admissionregistration-v1.ts'

/** What of a request the rules of webhooks and admission policies look at. */
export interface RuleSubject {
  operation: string
  group: string
  version: string
  plural: string
  subresource: string | undefined
  /** Empty for cluster-scoped objects; a Namespace counts as cluster-scoped. */
  namespace: string | undefined
}

const has = (items: readonly string[] | undefined, wanted: string): boolean =>
  items?.some(item => item === '*' || item === wanted) ?? false

/** Whether a rule of a webhook or policy means this request (admissionregistration.k8s.io/v1 RuleWithOperations). */
export function matchesRule(rule: RuleWithOperations, subject: RuleSubject): boolean {
  return (
    matchesScope(rule.scope, subject) &&
    has(rule.operations, subject.operation) &&
    has(rule.apiGroups, subject.group) &&
    has(rule.apiVersions, subject.version) &&
    (rule.resources?.some(resource => matchesResource(resource, subject)) ?? false)
  )
}

function matchesScope(scope: string | undefined, { group, plural, namespace }: RuleSubject): boolean {
  if (scope === undefined || scope === '*') return true
  const isCluster = !namespace || (group === '' && plural === 'namespaces')
  return scope === 'Cluster' ? isCluster : scope === 'Namespaced' && !isCluster
}

// `pods`, `pods/status`, `pods/*`, `*`: without a slash the resource itself is meant.
function matchesResource(pattern: string, { plural, subresource = '' }: RuleSubject): boolean {
  const slash = pattern.indexOf('/')
  const resource = slash < 0 ? pattern : pattern.slice(0, slash)
  const sub = slash < 0 ? '' : pattern.slice(slash + 1)
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource)
}
