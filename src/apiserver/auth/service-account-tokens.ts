import { createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'

export interface TokenClaims {
  namespace: string
  serviceAccount: { name: string; uid: string }
  pod?: { name: string; uid: string } | undefined
  audiences: readonly string[]
  /** Seconds since the epoch. */
  issuedAt: number
  expiresAt: number
}

export const ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** Issues and checks JSON web tokens (RFC 7519, ES256) for service accounts. */
export class ServiceAccountTokens {
  readonly #key: KeyObject

  /** `key` is an EC key on P-256. */
  constructor(key: KeyObject) {
    this.#key = key
  }

  issue(claims: TokenClaims): string {
    const { namespace, serviceAccount, pod, audiences, issuedAt, expiresAt } = claims
    const payload = {
      aud: audiences,
      exp: expiresAt,
      iat: issuedAt,
      nbf: issuedAt,
      iss: ISSUER,
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: serviceAccount, ...(pod ? { pod } : {}) },
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    }
    const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(payload)}`
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }

  /** The claims of a token that this server issued and that has not expired; `now` in milliseconds. */
  check(token: string, now: number): TokenClaims | undefined {
    const [header, payload, signature] = token.split('.')
    if (!header || !payload || !signature) return undefined
    const key = { key: createPublicKey(this.#key), dsaEncoding: 'ieee-p1363' as const }
    const signed = Buffer.from(`${header}.${payload}`)
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return undefined
    // Signed by `issue`, so it has that shape.
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (claims.exp * 1000 <= now) return undefined
    const { namespace, serviceaccount, pod } = claims['kubernetes.io']
    return {
      namespace,
      serviceAccount: serviceaccount,
      pod,
      audiences: claims.aud,
      issuedAt: claims.iat,
      expiresAt: claims.exp,
    }
  }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
