import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject } from '../generated/rbac-v1.ts'
import { equalJson } from '../copy.ts'
import { dnsSubdomainProblems, pathSegmentProblems } from '../names.ts'
import type { Rules } from './rules.ts'

export function checkRole(rules: Rules, role: Role | ClusterRole): void {
  for (const [index, rule] of (role.rules ?? []).entries()) {
    const field = `rules[${index}]`
    rules.required(`${field}.verbs`, rule.verbs, 'verbs must contain at least one value')
    if (rule.nonResourceURLs?.length) {
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length)
        rules.invalid(`${field}.nonResourceURLs`, rule.nonResourceURLs, [
          'rules cannot apply to both regular resources and non-resource URLs',
        ])
      continue
    }
    rules.required(`${field}.apiGroups`, rule.apiGroups, 'resource rules must supply at least one api group')
    rules.required(`${field}.resources`, rule.resources, 'resource rules must supply at least one resource')
  }
  if (!('aggregationRule' in role) || !role.aggregationRule) return
  const field = 'aggregationRule.clusterRoleSelectors'
  const { clusterRoleSelectors } = role.aggregationRule
  rules.required(
    field,
    clusterRoleSelectors,
    'at least one clusterRoleSelector required if aggregationRule is non-nil',
  )
  for (const [index, selector] of (clusterRoleSelectors ?? []).entries())
    rules.selector(`${field}[${index}]`, selector)
}

export function checkRoleBinding(
  rules: Rules,
  binding: RoleBinding | ClusterRoleBinding,
  previous: RoleBinding | ClusterRoleBinding | undefined,
  isCluster: boolean,
): void {
  const { roleRef, subjects } = binding
  const { apiGroup, kind, name } = roleRef ?? {}
  rules.among('roleRef.apiGroup', apiGroup, [GROUP])
  rules.among('roleRef.kind', kind, isCluster ? ['ClusterRole'] : ['Role', 'ClusterRole'])
  rules.name('roleRef.name', name, pathSegmentProblems)
  for (const [index, subject] of (subjects ?? []).entries()) {
    const field = `subjects[${index}]`
    rules.required(`${field}.name`, subject.name)
    checkSubject(rules, field, subject, isCluster)
  }
  if (previous && !equalJson(roleRef, previous.roleRef))
    rules.invalid('roleRef', { APIGroup: apiGroup ?? '', Kind: kind ?? '', Name: name ?? '' }, [
      'cannot change roleRef',
    ])
}

const GROUP = 'rbac.authorization.k8s.io'

function checkSubject(
  rules: Rules,
  field: string,
  { kind, name, namespace, apiGroup = '' }: Subject,
  isCluster: boolean,
): void {
  switch (kind) {
    case 'ServiceAccount':
      if (name) rules.invalid(`${field}.name`, name, dnsSubdomainProblems(name))
      if (apiGroup) rules.among(`${field}.apiGroup`, apiGroup, [''])
      // A RoleBinding's subjects are those of its own namespace.
      if (isCluster && !namespace) rules.required(`${field}.namespace`, undefined)
      break
    case 'User':
    case 'Group':
      rules.among(`${field}.apiGroup`, apiGroup, [GROUP])
      break
    default:
      rules.among(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])
  }
}
