import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { accessOf, localAccessOf, ownAccess, ownRules } from './access-reviews.ts'
import { ownIdentity, tokenIdentity } from './identity-reviews.ts'

/** A question that is asked by creating an object which is not kept. */
export interface Question {
  request: ApiRequest
  resource: Resource
  spec: Json
}

type Review = (core: Core, question: Question) => object | Promise<object>

const reviews: Record<string, Review | undefined> = {
  'authorization.k8s.io/selfsubjectaccessreviews': ownAccess,
  'authorization.k8s.io/subjectaccessreviews': accessOf,
  'authorization.k8s.io/localsubjectaccessreviews': localAccessOf,
  'authorization.k8s.io/selfsubjectrulesreviews': ownRules,
  'authentication.k8s.io/selfsubjectreviews': ownIdentity,
  'authentication.k8s.io/tokenreviews': tokenIdentity,
}

export const isReview = ({ storageName }: Resource): boolean => reviews[storageName] !== undefined

/** Answers with the question and, in its status, what authenticators and authorizers say. */
export async function review(core: Core, resource: Resource, request: ApiRequest): Promise<Outcome> {
  const { group, version, kind, storageName } = resource
  const body = isJsonObject(request.body) ? request.body : {}
  const spec = isJsonObject(body.spec) ? body.spec : {}
  const { metadata = {}, status } = {
    ...(await reviews[storageName]?.(core, { request, resource, spec })),
  } as { metadata?: object; status?: object }
  const object = {
    kind,
    apiVersion: `${group}/${version}`,
    metadata,
    ...(unasked.has(storageName) ? {} : { spec: shownSpec(storageName, spec) }),
    status,
  }
  return { kind: 'plain', code: 201, object, warnings: [] }
}

/** What is said about oneself needs no question. */
const unasked = new Set(['authentication.k8s.io/selfsubjectreviews'])

/** Upstream repeats the question without what is empty, and that for rules not at all. */
function shownSpec(storageName: string, spec: Json): Json {
  if (storageName === 'authorization.k8s.io/selfsubjectrulesreviews') return {}
  const isEmpty = (value: unknown) => value === '' || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => !isEmpty(value)))
}
