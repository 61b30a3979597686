import { equalJson } from '../../kube/copy.ts'
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RoleBinding,
} from '../../kube/generated/rbac-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { forbidden, notFound } from '../../kube/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { MASTERS } from '../auth/users.ts'
import type { UserInfo } from '../request.ts'
import { GROUP, type RbacAuthorizer } from './authorizer.ts'
import { describeMissing } from './describe-missing.ts'
import { missingRules } from './rules-cover.ts'

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]

/** Nobody grants what they do not hold: roles and bindings are checked against the rights of who writes them. */
export function escalationCheck(authorizer: RbacAuthorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ kind, operation, user }) =>
      kind.group === GROUP && operation !== 'DELETE' && !user.groups.includes(MASTERS),
    validate(request) {
      const { object, previous, kind } = request
      if (!object || (previous && changesOnlyOwnership(object, previous))) return undefined
      if (kind.plural === 'roles' || kind.plural === 'clusterroles') checkRole(authorizer, request, object)
      else checkBinding(authorizer, request, object)
      return undefined
    },
  }
}

function checkRole(authorizer: RbacAuthorizer, request: AdmissionRequest, object: KubeObject): void {
  const { kind, name, namespace = '', user, previous } = request
  const asked = {
    user,
    verb: 'escalate',
    group: GROUP,
    resource: kind.plural,
    subresource: '',
    namespace,
    name,
  }
  // A request to create names nothing, so a grant by name cannot allow it.
  if (authorizer.authorize({ ...asked, name: request.operation === 'CREATE' ? '' : name }).allowed) return
  const problem = missing(authorizer, user, namespace, (object as ClusterRole).rules ?? [])
  if (problem !== undefined) throw forbidden(kind, name, problem)
  const aggregates = [object, previous].some(
    role => (role as ClusterRole | undefined)?.aggregationRule?.clusterRoleSelectors?.length,
  )
  if (aggregates && missing(authorizer, user, namespace, everything) !== undefined)
    throw forbidden(kind, name, 'must have cluster-admin privileges to use the aggregationRule')
}

function checkBinding(authorizer: RbacAuthorizer, request: AdmissionRequest, object: KubeObject): void {
  const { kind, name, namespace = '', user } = request
  const { roleRef } = object as ClusterRoleBinding | RoleBinding
  const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles'
  const asked = { user, verb: 'bind', group: GROUP, resource, subresource: '', namespace, name: roleRef.name }
  if (authorizer.authorize(asked).allowed) return
  const rules = authorizer.rulesOf(roleRef, namespace)
  // Upstream looks for the role under the resource of the request.
  if (typeof rules === 'string') throw notFound(kind, roleRef.name)
  const problem = missing(authorizer, user, namespace, rules)
  if (problem !== undefined) throw forbidden(kind, name, problem)
}

/** What somebody would grant without having it, in upstream's words. */
function missing(
  authorizer: RbacAuthorizer,
  user: UserInfo,
  namespace: string,
  wanted: readonly PolicyRule[],
): string | undefined {
  const { rules, errors } = authorizer.rulesFor(user, namespace)
  const lacking = missingRules(rules, wanted)
  return lacking.length === 0 ? undefined : describeMissing(user, lacking, errors)
}

/** The garbage collector may let go of what it could not have written. */
function changesOnlyOwnership(object: KubeObject, previous: KubeObject): boolean {
  const rest = ({ metadata, ...others }: KubeObject) => {
    const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _managed, ...kept } = metadata
    return { ...others, metadata: kept }
  }
  return equalJson(rest(object), rest(previous))
}
