import { admissionRequestType } from '../../kube/cel/admission-environment.ts'
import type { Namespace } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AuthorizationQuestion, Authorizer } from '../../languages/cel/builtins/authorizer.ts'
import { authorizerValue, requestResourceValue } from '../../languages/cel/builtins/authorizer.ts'
import { fromJson } from '../../languages/cel/json-value.ts'
import { dynType } from '../../languages/cel/type.ts'
import type { Value } from '../../languages/cel/value.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Attributes, Decision } from '../rbac/attributes.ts'
import { requestOf, type Shown } from './admission-review.ts'

/** Values of variables by name. */
export type Inputs = Readonly<Record<string, Value | undefined>>

/** Who may do what, as expressions ask. */
export type Authorize = (asked: Attributes) => Decision

/** What the expressions of admission see of a request; `params` and `namespaceObject` are null where not given. */
export function expressionInputs(
  request: AdmissionRequest,
  shown: Shown,
  { authorize, namespace }: { authorize: Authorize; namespace?: KubeObject | undefined },
): Inputs {
  const authorizer = authorizerFor(request, authorize)
  return {
    object: fromJson(shown.object ?? null, dynType),
    oldObject: fromJson(shown.previous ?? null, dynType),
    namespaceObject: fromJson(namespace && shownNamespace(namespace), dynType),
    params: null,
    request: fromJson(requestOf(request, shown), admissionRequestType),
    authorizer: authorizerValue(authorizer),
    'authorizer.requestResource': requestResourceValue(authorizer, {
      group: request.kind.group,
      resource: request.kind.plural,
      subresource: request.subresource ?? '',
      namespace: request.namespace ?? '',
      name: request.name,
    }),
  }
}

/** Of a namespace expressions do not see who manages and owns it. */
function shownNamespace({ metadata, ...rest }: KubeObject): object {
  const { managedFields: _managed, ownerReferences: _owners, ...shown } = metadata
  const { spec, status } = rest as Partial<Namespace>
  return { metadata: shown, spec, status }
}

/** What expressions may ask about the user of the request, or about a service account. */
const authorizerFor = ({ user }: AdmissionRequest, authorize: Authorize): Authorizer => ({
  decide(question: AuthorizationQuestion) {
    const { serviceAccount, path, verb = '' } = question
    const asking = serviceAccount ? accountUser(serviceAccount) : user
    const asked: Attributes =
      path === undefined
        ? {
            user: asking,
            verb,
            group: question.group ?? '',
            resource: question.resource ?? '',
            subresource: question.subresource ?? '',
            namespace: question.namespace ?? '',
            name: question.name ?? '',
          }
        : { user: asking, verb, path }
    return authorize(asked)
  },
})

const accountUser = ([namespace, name]: readonly [string, string]) => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})
