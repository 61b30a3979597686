import type { Secret } from '../../kube/generated/core-v1.ts'
import type { Clock } from '../../lib/clock.ts'
import type { UserInfo } from '../request.ts'
import type { Store } from '../store/store.ts'
import {
  ISSUER,
  type ObjectReference,
  type ServiceAccountTokens,
  type VerifiedToken,
} from './service-account-tokens.ts'
import { intersection, type TokenAuthenticator, type TokenVerdict } from './token-authenticator.ts'
import { AUTHENTICATED, serviceAccountGroups, serviceAccountName } from './users.ts'

/** Clocks differ, and what is being deleted may still be needed for its end. */
const LEEWAY_MS = 60_000
const INVALIDATED = 'service account token has been invalidated'

export interface ServiceAccountParts {
  store: Store
  clock: Clock
  tokens: ServiceAccountTokens
}

/** Recognises tokens of service accounts while the account and what the token is bound to are there. */
export function serviceAccounts(parts: ServiceAccountParts): TokenAuthenticator {
  return (token, audiences) => {
    const verified = parts.tokens.verify(token)
    if (!verified) return undefined
    const meant = verified.kind === 'bound' ? verified.claims.audiences : [ISSUER]
    const fitting = intersection(meant, audiences)
    if (fitting.length === 0)
      return {
        error: `token audiences [${quoted(meant)}] is invalid for the target audiences [${quoted(audiences)}]`,
      }
    return verified.kind === 'bound' ? bound(parts, verified, fitting) : legacy(parts, verified, token)
  }
}

const quoted = (texts: readonly string[]) => texts.map(text => JSON.stringify(text)).join(' ')

type Bound = Extract<VerifiedToken, { kind: 'bound' }>

function bound(
  parts: ServiceAccountParts,
  { claims, notBefore, id }: Bound,
  audiences: string[],
): TokenVerdict {
  const now = parts.clock.now()
  if (now - LEEWAY_MS > claims.expiresAt * 1000) return { error: 'service account token has expired' }
  if (now + LEEWAY_MS < notBefore * 1000) return { error: 'service account token is not valid yet' }
  const { namespace, serviceAccount, pod, secret, node } = claims
  const problem =
    accountProblem(parts, namespace, serviceAccount) ??
    boundProblem(parts, { resource: '/secrets', word: 'secret', namespace }, secret) ??
    boundProblem(parts, { resource: '/pods', word: 'pod', namespace }, pod) ??
    // A pod's node is told along; the pod is what the token is bound to.
    (pod ? undefined : boundProblem(parts, { resource: '/nodes', word: 'node', namespace: '' }, node))
  if (problem !== undefined) return { error: problem }
  const extra = {
    ...(id ? { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] } : {}),
    ...(node?.name ? { 'authentication.kubernetes.io/node-name': [node.name] } : {}),
    ...(node?.uid ? { 'authentication.kubernetes.io/node-uid': [node.uid] } : {}),
    ...(pod ? { 'authentication.kubernetes.io/pod-name': [pod.name] } : {}),
    ...(pod ? { 'authentication.kubernetes.io/pod-uid': [pod.uid] } : {}),
  }
  return { user: userOf(namespace, serviceAccount, extra), audiences }
}

function legacy(
  parts: ServiceAccountParts,
  { namespace, serviceAccount, secretName }: Extract<VerifiedToken, { kind: 'legacy' }>,
  token: string,
): TokenVerdict {
  const problem = accountProblem(parts, namespace, serviceAccount)
  if (problem !== undefined) return { error: problem }
  const secret = parts.store.get('/secrets', namespace, secretName)?.object as Secret | undefined
  const held = Buffer.from(secret?.data?.token ?? '', 'base64').toString()
  if (!secret || isDeleted(parts, secret) || held !== token) return { error: INVALIDATED }
  return { user: userOf(namespace, serviceAccount, {}), audiences: [ISSUER] }
}

const userOf = (
  namespace: string,
  { name, uid }: ObjectReference,
  extra: Record<string, readonly string[]>,
): UserInfo => ({
  username: serviceAccountName(namespace, name),
  uid,
  groups: [...serviceAccountGroups(namespace), AUTHENTICATED],
  ...(Object.keys(extra).length > 0 ? { extra } : {}),
})

function accountProblem(
  { store, clock }: ServiceAccountParts,
  namespace: string,
  { name, uid }: ObjectReference,
): string | undefined {
  const account = store.get('/serviceaccounts', namespace, name)?.object
  if (!account) return `serviceaccounts ${JSON.stringify(name)} not found`
  if (account.metadata.uid !== uid)
    return `service account UID (${account.metadata.uid}) does not match claim (${uid})`
  return isDeleted({ clock }, account) ? `service account ${namespace}/${name} has been deleted` : undefined
}

function boundProblem(
  { store, clock }: ServiceAccountParts,
  { resource, word, namespace }: { resource: string; word: string; namespace: string },
  reference: ObjectReference | undefined,
): string | undefined {
  if (!reference) return undefined
  const object = store.get(resource, namespace, reference.name)?.object
  if (!object || isDeleted({ clock }, object)) return INVALIDATED
  const { uid } = object.metadata
  if (uid === reference.uid) return undefined
  return `${word} UID (${uid}) does not match service account ${word} ref claim (${reference.uid})`
}

const isDeleted = (
  { clock }: { clock: Clock },
  { metadata }: { metadata: { deletionTimestamp?: string | undefined } },
): boolean =>
  metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < clock.now() - LEEWAY_MS
