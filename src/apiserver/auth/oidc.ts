import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../logger.ts'
import type { UserInfo } from '../request.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { ISSUER } from './service-account-tokens.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'
import { withStanding } from './users.ts'

/** Whose tokens are taken, and what they say about their user: upstream's `--oidc-…` options. */
export interface OidcSettings {
  /** With https; discovery is below it. */
  issuerUrl: string
  clientId: string
  usernameClaim: string
  /** Undefined: the issuer and `#`, unless the claim is `email`; `-`: none. */
  usernamePrefix: string | undefined
  groupsClaim: string | undefined
  groupsPrefix: string
  requiredClaims: Readonly<Record<string, string>>
  signingAlgorithms: readonly string[]
  /** PEM; undefined: the system's authorities. */
  authority: string | undefined
}

/** Recognises ID tokens of an OpenID Connect issuer. */
export function oidc(settings: OidcSettings, parts: { clock: Clock; log: Logger }): TokenAuthenticator {
  const keys = new IssuerKeys(settings, parts)
  return async (token, audiences) => {
    if (issuerOf(token) !== settings.issuerUrl || !audiences.includes(ISSUER)) return undefined
    try {
      const { payload } = await jwtVerify(token, (...asked) => keys.find(...asked), {
        issuer: settings.issuerUrl,
        audience: settings.clientId,
        algorithms: [...settings.signingAlgorithms],
        currentDate: new Date(parts.clock.now()),
        requiredClaims: ['exp'],
      })
      const user = userOfClaims(payload, settings)
      return typeof user === 'string' ? { error: `oidc: ${user}` } : { user, audiences: [ISSUER] }
    } catch (error) {
      return { error: `oidc: verify token: ${(error as Error).message}` }
    }
  }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/** The user that verified claims describe, or what is wrong with them. */
export function userOfClaims(claims: JWTPayload, settings: OidcSettings): UserInfo | string {
  const { usernameClaim, groupsClaim, requiredClaims } = settings
  const name = claims[usernameClaim]
  if (typeof name !== 'string' || name === '')
    return `parse username claims ${JSON.stringify(usernameClaim)}: claim not present`
  if (usernameClaim === 'email' && claims.email_verified !== undefined && claims.email_verified !== true)
    return 'email not verified'
  for (const [claim, value] of Object.entries(requiredClaims)) {
    if (claims[claim] === undefined) return `required claim ${claim} not present in ID token`
    if (claims[claim] !== value)
      return `required claim ${claim} value does not match. Got = ${String(claims[claim])}, want = ${value}`
  }
  const groups = groupsClaim === undefined ? [] : [claims[groupsClaim] ?? []].flat()
  if (!groups.every(group => typeof group === 'string'))
    return `parse groups claim ${JSON.stringify(groupsClaim)}: not a string or a list of strings`
  const username = prefixOf(settings) + name
  return {
    username,
    groups: withStanding(
      groups.map(group => settings.groupsPrefix + group),
      username,
    ),
    ...(claims.jti ? { extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] } } : {}),
  }
}

function prefixOf({ usernamePrefix, usernameClaim, issuerUrl }: OidcSettings): string {
  if (usernamePrefix === '-') return ''
  return usernamePrefix ?? (usernameClaim === 'email' ? '' : `${issuerUrl}#`)
}
