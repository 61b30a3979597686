import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import { type FieldError, invalid, invalidValue } from '../../kube/schema/field-error.ts'
import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import { apiError } from '../../kube/status.ts'
import type { Core } from '../pipeline/core.ts'
import type { Attributes } from '../rbac/attributes.ts'
import { aggregated } from '../rbac/authorizer.ts'
import type { UserInfo } from '../request.ts'
import type { Question } from './reviews.ts'

/** SelfSubjectAccessReview: may I? */
export function ownAccess(core: Core, question: Question): object {
  return { status: answer(core, attributesIn(question, question.request.user, [])) }
}

/** SubjectAccessReview: may somebody? */
export function accessOf(core: Core, question: Question): object {
  return {
    status: answer(core, attributesIn(question, subjectIn(question.spec), subjectProblems(question.spec))),
  }
}

/** LocalSubjectAccessReview: may somebody, in this namespace? */
export function localAccessOf(core: Core, question: Question): object {
  const { spec, request } = question
  const resource = isJsonObject(spec.resourceAttributes) ? spec.resourceAttributes : undefined
  const problems = subjectProblems(spec)
  if (resource && text(resource.namespace) !== (request.namespace ?? ''))
    problems.push(
      invalidValue('spec.resourceAttributes.namespace', resource.namespace, 'must match metadata.namespace'),
    )
  if (spec.nonResourceAttributes)
    problems.push(
      invalidValue(
        'spec.nonResourceAttributes',
        spec.nonResourceAttributes,
        'disallowed on this kind of request',
      ),
    )
  const status = answer(core, attributesIn(question, subjectIn(spec), problems))
  return { metadata: { namespace: request.namespace }, status }
}

/** SelfSubjectRulesReview: what may I, in this namespace? */
export function ownRules(core: Core, { request, spec }: Question): object {
  const namespace = text(spec.namespace)
  if (namespace === '') throw apiError('BadRequest', 'no namespace on request')
  const { rules, errors } = core.authorizer.rulesFor(request.user, namespace)
  const listed = (values: readonly string[] | undefined) => (values?.length ? values : undefined)
  return {
    status: {
      resourceRules: rules
        .filter(rule => rule.resources?.length)
        .map(({ verbs, apiGroups, resources, resourceNames }: PolicyRule) => ({
          verbs,
          apiGroups: listed(apiGroups),
          resources,
          resourceNames: listed(resourceNames),
        })),
      nonResourceRules: rules
        .filter(rule => rule.nonResourceURLs?.length)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
      ...(errors.length > 0 ? { evaluationError: aggregated(errors) } : {}),
    },
  }
}

function answer(core: Core, asked: Attributes): object {
  const { allowed, reason } = core.authorizer.authorize(asked)
  return { allowed, ...(reason ? { reason } : {}) }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function subjectIn(spec: Json): UserInfo {
  const extra = isJsonObject(spec.extra) ? spec.extra : {}
  return {
    username: text(spec.user),
    uid: text(spec.uid) || undefined,
    groups: texts(spec.groups),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)])),
  }
}

const subjectProblems = (spec: Json): FieldError[] =>
  text(spec.user) === '' && texts(spec.groups).length === 0
    ? [invalidValue('spec.user', text(spec.user), 'at least one of user or group must be specified')]
    : []

/** What is asked about. Throws ApiError 422 unless that is exactly one thing. */
function attributesIn(
  { spec, resource: kind }: Question,
  user: UserInfo,
  problems: FieldError[],
): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  if (isJsonObject(resource) === isJsonObject(path)) {
    problems.push(
      isJsonObject(path)
        ? invalidValue(
            'spec.nonResourceAttributes',
            path,
            'cannot be specified in combination with resourceAttributes',
          )
        : invalidValue(
            'spec.resourceAttributes',
            undefined,
            'exactly one of nonResourceAttributes or resourceAttributes must be specified',
          ),
    )
  }
  if (problems.length > 0) throw invalid(kind, '', problems)
  if (isJsonObject(path)) return { user, verb: text(path.verb), path: text(path.path) }
  const asked = isJsonObject(resource) ? resource : {}
  return {
    user,
    verb: text(asked.verb),
    group: text(asked.group),
    resource: text(asked.resource),
    subresource: text(asked.subresource),
    namespace: text(asked.namespace),
    name: text(asked.name),
  }
}
