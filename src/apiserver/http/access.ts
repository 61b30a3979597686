import { type ApiError, apiError } from '../../kube/status.ts'
import { type Impersonation, impersonationsOf } from '../auth/impersonation.ts'
import { ANONYMOUS, MASTERS } from '../auth/users.ts'
import type { Leave } from '../fairness/fair-queue.ts'
import type { Core } from '../pipeline/core.ts'
import type { Attributes } from '../rbac/attributes.ts'
import { refusal } from '../rbac/forbidden.ts'
import type { UserInfo } from '../request.ts'
import { userOf } from './authenticate.ts'
import type { Exchange } from './handler.ts'
import { attributesOf } from './request-attributes.ts'

/** Who asks (perhaps as somebody else) for what. */
interface Access {
  user: UserInfo
  asked: Attributes
}

const NOBODY: UserInfo = { username: '', groups: [] }
/** These last as long as their client likes, so they hold no seat. */
export const longRunning = new Set(['log', 'exec', 'attach', 'portforward', 'proxy'])
/** What is opened over a WebSocket changes things, so reading alone is not enough. */
const connections = new Set(['exec', 'attach', 'portforward'])

/**
 * Finds out who asks for what, and whether they may; begins the audit record. Throws ApiError 401, 403 in upstream's
 * words, and 400 where groups are impersonated without a user.
 */
export async function requireAccess(exchange: Exchange): Promise<Access> {
  const { core, request } = exchange
  const known = await userOf(request, core.authenticateToken)
  // As upstream: where everything is allowed, nobody may do it without a name.
  const caller = known === ANONYMOUS && core.authorizer.allowsEverything ? undefined : known
  if (core.auditor)
    exchange.audit = core.auditor.begin(request, attributesOf(request, exchange, caller ?? NOBODY))
  if (!caller) throw apiError('Unauthorized', 'Unauthorized')
  const own = attributesOf(request, exchange, caller)
  const user = actingUser(core, impersonationsOf(request.rawHeaders, own)) ?? caller
  if (user !== caller) exchange.audit?.impersonates(user)
  const asked = user === caller ? own : { ...own, user }
  const decision = core.authorizer.authorize(asked)
  exchange.audit?.decided(decision)
  if (!decision.allowed) throw refusal(asked, decision.reason)
  if (opensConnection(exchange, asked)) authorize(core, { ...asked, verb: 'create' })
  return { user, asked }
}

/** The user of the first way that is allowed. Throws ApiError 403 with what the first way lacks. */
function actingUser({ authorizer }: Core, ways: readonly Impersonation[]): UserInfo | undefined {
  let refused: ApiError | undefined
  for (const { user, needs, closed } of ways) {
    const lacking = needs.find(need => !authorizer.authorize(need).allowed)
    if (!lacking && !closed) return user
    if (lacking) refused ??= refusal(lacking, authorizer.authorize(lacking).reason)
    else if (closed) refused ??= refusal(closed.to, closed.reason)
  }
  if (refused) throw refused
  return undefined
}

function authorize({ authorizer }: Core, asked: Attributes): void {
  const { allowed, reason } = authorizer.authorize(asked)
  if (!allowed) throw refusal(asked, reason)
}

const opensConnection = ({ request }: Exchange, asked: Attributes): boolean =>
  !('path' in asked) &&
  asked.verb === 'get' &&
  asked.resource === 'pods' &&
  connections.has(asked.subresource) &&
  request.headers.upgrade?.toLowerCase() === 'websocket'

/** Takes a seat for the request where it needs one. Throws ApiError 429 where too many wait. */
export function takeSeat(exchange: Exchange, { user, asked }: Access): Leave | undefined | Promise<Leave> {
  const { fairness } = exchange.core
  if (!('path' in asked) && longRunning.has(asked.subresource)) return undefined
  const { flow, schemaUid, levelUid } = fairness.classify(asked)
  if (schemaUid) exchange.response.setHeader('x-kubernetes-pf-flowschema-uid', schemaUid)
  if (levelUid) exchange.response.setHeader('x-kubernetes-pf-prioritylevel-uid', levelUid)
  const isExempt =
    user.groups.includes(MASTERS) ||
    ('path' in asked ? /^\/(healthz|livez|readyz)(\/|$)/.test(asked.path) : asked.verb === 'watch')
  return isExempt ? undefined : fairness.enter(flow, exchange.signal)
}
