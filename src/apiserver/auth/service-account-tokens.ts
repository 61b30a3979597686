import { createHash, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'

/** An object that a token is bound to. */
export interface ObjectReference {
  name: string
  uid: string
}

export interface TokenClaims {
  namespace: string
  serviceAccount: ObjectReference
  pod?: ObjectReference | undefined
  secret?: ObjectReference | undefined
  node?: ObjectReference | undefined
  audiences: readonly string[]
  /** Seconds since the epoch. */
  issuedAt: number
  expiresAt: number
  /** From then on its use is worth a warning; upstream's grace for clients that do not read a token again. */
  warnAfter?: number | undefined
}

/** What a token of this server says: a bound one, or one of a Secret, which holds until the Secret goes. */
export type VerifiedToken =
  | { kind: 'bound'; claims: TokenClaims; notBefore: number; id: string | undefined }
  | { kind: 'legacy'; namespace: string; secretName: string; serviceAccount: ObjectReference }

export const ISSUER = 'https://kubernetes.default.svc.cluster.local'
const LEGACY_ISSUER = 'kubernetes/serviceaccount'
const LEGACY = 'kubernetes.io/serviceaccount'
const MAX_VERIFIED = 1_000

/** The private claims of a bound token. */
interface KubernetesClaims {
  namespace: string
  serviceaccount: ObjectReference
  pod?: ObjectReference
  secret?: ObjectReference
  node?: ObjectReference
  warnafter?: number
}

/** Issues and checks JSON web tokens (RFC 7519, ES256) for service accounts. */
export class ServiceAccountTokens {
  readonly #key: KeyObject
  readonly #publicKey: KeyObject
  readonly #keyId: string
  /** Verifying a signature costs more than the rest of a small request. */
  readonly #verified = new BoundedMap<string, VerifiedToken>(MAX_VERIFIED)

  /** `key` is an EC key on P-256. */
  constructor(key: KeyObject) {
    this.#key = key
    this.#publicKey = createPublicKey(key)
    const der = this.#publicKey.export({ type: 'spki', format: 'der' })
    this.#keyId = createHash('sha256').update(der).digest('base64url')
  }

  issue({ namespace, serviceAccount, pod, secret, node, ...claims }: TokenClaims): string {
    const { warnAfter, issuedAt, expiresAt, audiences } = claims
    const kubernetes: KubernetesClaims = {
      namespace,
      ...(node ? { node } : {}),
      ...(pod ? { pod } : {}),
      ...(secret ? { secret } : {}),
      serviceaccount: serviceAccount,
      ...(warnAfter ? { warnafter: warnAfter } : {}),
    }
    return this.#sign({
      aud: audiences,
      exp: expiresAt,
      iat: issuedAt,
      iss: ISSUER,
      jti: randomUUID(),
      'kubernetes.io': kubernetes,
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    })
  }

  /** The token for a Secret of type `kubernetes.io/service-account-token`. */
  issueForSecret(namespace: string, serviceAccount: ObjectReference, secretName: string): string {
    return this.#sign({
      iss: LEGACY_ISSUER,
      [`${LEGACY}/namespace`]: namespace,
      [`${LEGACY}/secret.name`]: secretName,
      [`${LEGACY}/service-account.name`]: serviceAccount.name,
      [`${LEGACY}/service-account.uid`]: serviceAccount.uid,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    })
  }

  /** What a token says, if this server signed it; whether it still holds is for the caller to find out. */
  verify(token: string): VerifiedToken | undefined {
    const known = this.#verified.get(token)
    if (known) return known
    const [header, payload, signature, ...more] = token.split('.')
    if (!header || !payload || !signature || more.length > 0) return undefined
    const key = { key: this.#publicKey, dsaEncoding: 'ieee-p1363' as const }
    if (!verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
      return undefined
    const read = readClaims(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    if (read) this.#verified.set(token, read)
    return read
  }

  /** The key set of `/openid/v1/jwks`. */
  keySet(): object {
    const { crv, x, y } = this.#publicKey.export({ format: 'jwk' })
    return { keys: [{ use: 'sig', kty: 'EC', kid: this.#keyId, crv, alg: 'ES256', x, y }] }
  }

  #sign(payload: object): string {
    const signed = `${encode({ alg: 'ES256', kid: this.#keyId })}.${encode(payload)}`
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Reads what `issue` and `issueForSecret` write, which the signature shows it to be. */
function readClaims(payload: Record<string, unknown>): VerifiedToken | undefined {
  if (payload.iss === LEGACY_ISSUER) {
    const text = (name: string) => String(payload[`${LEGACY}/${name}`])
    const serviceAccount = { name: text('service-account.name'), uid: text('service-account.uid') }
    return { kind: 'legacy', namespace: text('namespace'), secretName: text('secret.name'), serviceAccount }
  }
  if (payload.iss !== ISSUER || !isJsonObject(payload['kubernetes.io'])) return undefined
  // Signed by `issue`, so it has that shape.
  const kubernetes = payload['kubernetes.io'] as unknown as KubernetesClaims
  return {
    kind: 'bound',
    id: payload.jti === undefined ? undefined : String(payload.jti),
    notBefore: Number(payload.nbf),
    claims: {
      namespace: kubernetes.namespace,
      serviceAccount: kubernetes.serviceaccount,
      pod: kubernetes.pod,
      secret: kubernetes.secret,
      node: kubernetes.node,
      warnAfter: kubernetes.warnafter,
      audiences: [payload.aud ?? []].flat().map(String),
      issuedAt: Number(payload.iat),
      expiresAt: Number(payload.exp),
    },
  }
}
