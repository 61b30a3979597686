import type { IncomingMessage } from 'node:http'
import { apiError } from '../../kube/status.ts'
import { impersonationOf } from '../auth/impersonation.ts'
import type { Core } from '../pipeline/core.ts'
import type { Attributes } from '../rbac/attributes.ts'
import { refusal } from '../rbac/forbidden.ts'
import type { UserInfo } from '../request.ts'
import { userOf } from './authenticate.ts'
import { attributesOf } from './request-attributes.ts'

/** Who asks for what, once that is known and before it is allowed. */
export interface Access {
  /** Whoever the credentials belong to. */
  caller: UserInfo
  /** As whom they act: themselves, or somebody they impersonate. */
  user: UserInfo
  asked: Attributes
}

/** Finds out who asks for what. Throws ApiError 401, and 400 or 403 where somebody must not be impersonated. */
export async function identify(
  core: Core,
  request: IncomingMessage,
  place: { path: string; query: URLSearchParams },
): Promise<Access> {
  const caller = await userOf(request, core.authenticateToken)
  if (!caller) throw apiError('Unauthorized', 'Unauthorized')
  const impersonation = impersonationOf(request.rawHeaders, caller)
  for (const need of impersonation?.needs ?? []) authorize(core, need)
  const user = impersonation?.user ?? caller
  return { caller, user, asked: attributesOf(request, place, user) }
}

/** Throws ApiError 403, in upstream's words, for what is not allowed. */
export function authorize({ authorizer }: Core, asked: Attributes): void {
  const { allowed, reason } = authorizer.authorize(asked)
  if (!allowed) throw refusal(asked, reason)
}
