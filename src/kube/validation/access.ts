import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../generated/rbac-v1.ts'
import { pathSegmentProblems } from '../names.ts'
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
}

export function checkRoleBinding(
  rules: Rules,
  binding: RoleBinding | ClusterRoleBinding,
  previous: RoleBinding | ClusterRoleBinding | undefined,
  isCluster: boolean,
): void {
  const { roleRef, subjects } = binding
  if (rules.required('roleRef', roleRef)) {
    rules.oneOf('roleRef.apiGroup', roleRef.apiGroup, ['rbac.authorization.k8s.io'])
    rules.oneOf('roleRef.kind', roleRef.kind, isCluster ? ['ClusterRole'] : ['Role', 'ClusterRole'])
    if (rules.required('roleRef.name', roleRef.name))
      rules.invalid('roleRef.name', roleRef.name, pathSegmentProblems(roleRef.name))
  }
  for (const [index, subject] of (subjects ?? []).entries()) {
    const field = `subjects[${index}]`
    rules.required(`${field}.name`, subject.name)
    rules.oneOf(`${field}.kind`, subject.kind, ['ServiceAccount', 'User', 'Group'])
    // A RoleBinding's subjects are those of its own namespace.
    if (isCluster && subject.kind === 'ServiceAccount' && !subject.namespace)
      rules.required(`${field}.namespace`, undefined)
  }
  if (previous) rules.immutable('roleRef', roleRef, previous.roleRef, 'cannot change roleRef')
}
