import { isJsonObject } from '../../kube/schema/schema.ts'
import { serviceAccountUser } from '../auth/users.ts'
import type { Core } from '../pipeline/core.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import type { ApiRequest, UserInfo } from '../request.ts'
import type { Resource } from '../resources/resource.ts'

type Review = (core: Core, request: ApiRequest, spec: Record<string, unknown>) => object

const allowed: Review = () => ({ allowed: true, reason: 'every authenticated user may do everything here' })

/** Answers to questions about users and rights, which are asked by creating an object that is not kept. */
const reviews: Record<string, Review | undefined> = {
  selfsubjectaccessreviews: allowed,
  subjectaccessreviews: allowed,
  localsubjectaccessreviews: allowed,
  selfsubjectrulesreviews: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
  selfsubjectreviews: (_core, { user }) => ({ userInfo: described(user) }),
  tokenreviews: (core, _request, { token }) => {
    const user = typeof token === 'string' ? core.authenticateToken(token) : undefined
    return user
      ? { authenticated: true, user: described(user) }
      : { authenticated: false, error: 'the token is not known here' }
  },
}

export const isReview = ({ group, plural }: Resource): boolean =>
  (group === 'authorization.k8s.io' || group === 'authentication.k8s.io') && reviews[plural] !== undefined

export function review(core: Core, resource: Resource, request: ApiRequest): Outcome {
  const { plural, group, version, kind } = resource
  const body = isJsonObject(request.body) ? request.body : {}
  const spec = isJsonObject(body.spec) ? body.spec : {}
  const status = reviews[plural]?.(core, request, spec) ?? {}
  const object = { kind, apiVersion: `${group}/${version}`, metadata: {}, spec, status }
  return { kind: 'plain', code: 201, object, warnings: [] }
}

const described = ({ username, uid, groups, extra }: UserInfo) => ({
  username,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra ? { extra } : {}),
})

/** The user of a service account's token. */
export function serviceAccountOf(core: Core, token: string): UserInfo | undefined {
  const claims = core.tokens.check(token, core.clock.now())
  if (!claims) return undefined
  const { namespace, serviceAccount } = claims
  const stored = core.store.get('/serviceaccounts', namespace, serviceAccount.name)
  return stored?.object.metadata.uid === serviceAccount.uid ? serviceAccountUser(claims) : undefined
}
