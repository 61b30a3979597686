import { apiError } from '../../kube/status.ts'
import { toTime } from '../../lib/clock.ts'
import { ISSUER } from '../auth/service-account-tokens.ts'
import type { Core } from '../pipeline/core.ts'
import type { UserInfo } from '../request.ts'
import type { Question } from './reviews.ts'

/** SelfSubjectReview: who am I? */
export const ownIdentity = ({ clock }: Core, { request }: Question): object => ({
  metadata: { creationTimestamp: toTime(clock.now()) },
  status: { userInfo: described(request.user) },
})

/** TokenReview: whose token is this? */
export async function tokenIdentity(core: Core, { spec }: Question): Promise<object> {
  const { token, audiences } = spec
  if (typeof token !== 'string' || token === '')
    throw apiError('BadRequest', 'token is required for TokenReview in authentication')
  const wanted = Array.isArray(audiences) && audiences.length > 0 ? audiences.map(String) : [ISSUER]
  const verdict = await core.authenticateToken(token, wanted)
  if (verdict && 'user' in verdict)
    return {
      status: { authenticated: true, user: described(verdict.user), audiences: verdict.audiences },
    }
  // As the aggregate of upstream's authenticators prints it.
  const error = verdict ? `[invalid bearer token, ${verdict.error}]` : 'invalid bearer token'
  return { status: { user: {}, error } }
}

const described = ({ username, uid, groups, extra }: UserInfo) => ({
  username,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
})
