import { equalJson } from '../../kube/copy.ts'
import type {
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../kube/generated/admissionregistration-v1.ts'
import { forbidden, invalid } from '../../kube/schema/field-error.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { MASTERS } from '../auth/users.ts'
import type { UserInfo } from '../request.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Store } from '../store/store.ts'
import type { Authorize } from '../webhooks/expression-inputs.ts'
import { isPolicyObject } from './exempt.ts'

export interface ParamAccessParts {
  store: Store
  registry: ResourceRegistry
  authorize: Authorize
}

/** Nobody has policies read parameters for them that they may not read themselves (upstream's authz.go of each strategy). */
export const paramAccess = (parts: ParamAccessParts): AdmissionPlugin => ({
  name: 'AdmissionPolicyParams',
  handles: request =>
    request.operation !== 'DELETE' &&
    request.subresource === undefined &&
    isPolicyObject(request) &&
    !request.user.groups.includes(MASTERS),
  validate(request) {
    const isBinding = request.kind.kind.endsWith('Binding')
    const problem = isBinding ? bindingProblem(parts, request) : policyProblem(parts, request)
    if (problem === undefined) return
    const field = isBinding ? 'spec.paramRef' : 'spec.paramKind'
    throw invalid(request.kind, request.name, [forbidden(field, problem)])
  },
})

// Policies of either kind have a paramKind; so have their bindings a paramRef.
type Policy = Pick<ValidatingAdmissionPolicy, 'spec'>
type Binding = Pick<ValidatingAdmissionPolicyBinding, 'spec'>

function policyProblem(
  parts: ParamAccessParts,
  { object, previous, user }: AdmissionRequest,
): string | undefined {
  const { paramKind } = (object as unknown as Policy).spec
  const before = (previous as Policy | undefined)?.spec.paramKind
  if (!paramKind || (before && equalJson(before, paramKind))) return undefined
  const asked = { ...resourceOf(parts.registry, paramKind), subresource: '', namespace: '*', name: '*' }
  if (parts.authorize({ user, verb: 'get', ...asked }).allowed) return undefined
  return `user ${shown(user)} must have "get" permission on all objects of the referenced paramKind (kind=${paramKind.kind}, apiVersion=${paramKind.apiVersion})`
}

function bindingProblem(parts: ParamAccessParts, request: AdmissionRequest): string | undefined {
  const { object, previous, user, kind } = request
  const { paramRef, policyName } = (object as unknown as Binding).spec
  const before = (previous as Binding | undefined)?.spec
  if (!paramRef || (before?.policyName === policyName && equalJson(before.paramRef, paramRef)))
    return undefined
  const policies = kind.kind === 'ValidatingAdmissionPolicyBinding' ? VALIDATING : MUTATING
  // Only policies are kept there.
  const policy = parts.store.get(policies, '', policyName)?.object as unknown as Policy | undefined
  const paramKind = policy?.spec.paramKind
  const resource = paramKind ? resourceOf(parts.registry, paramKind) : { group: '*', resource: '*' }
  const { name = '', namespace = '' } = paramRef
  const verb = name === '' ? 'list' : 'get'
  if (parts.authorize({ user, verb, ...resource, subresource: '', namespace, name }).allowed) return undefined
  const lacking = `user ${shown(user)} does not have "${verb}" permission`
  const everything = `to determine minimum required permissions and ${lacking} for all groups, versions and resources`
  if (!policy) return `unable to get policy ${policyName} ${everything}`
  if (resource.resource === '*' && paramKind)
    return `unable to resolve paramKind &ParamKind{APIVersion:${paramKind.apiVersion},Kind:${paramKind.kind},} ${everything}`
  return `${lacking} on the object referenced by paramRef`
}

const VALIDATING = 'admissionregistration.k8s.io/validatingadmissionpolicies'
const MUTATING = 'admissionregistration.k8s.io/mutatingadmissionpolicies'

/** All of the group where nothing is known of the kind. */
function resourceOf(registry: ResourceRegistry, { apiVersion = '', kind = '' }: ParamKind) {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  return { group, resource: registry.findKind(apiVersion, kind)?.plural ?? '*' }
}

/** As Go prints a user. */
const shown = ({ username, uid = '', groups, extra = {} }: UserInfo): string =>
  `&{${username} ${uid} [${groups.join(' ')}] map[${Object.keys(extra)
    .sort()
    .map(key => `${key}:[${extra[key]?.join(' ')}]`)
    .join(' ')}]}`
