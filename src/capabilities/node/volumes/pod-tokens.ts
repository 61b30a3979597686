import type { Pod, ServiceAccountTokenProjection } from '../../../kube/generated/core-v1.ts'
import type { Clock } from '../../../lib/clock.ts'
import { ConfigError } from '../container/config-error.ts'

/** What is asked of the API server: a token of the pod's service account, bound to the pod. */
export interface TokenOrder {
  pod: Pod
  /** Empty: the API server's own. */
  audience: string
  expirationSeconds: number
}

/** Times are milliseconds since the epoch. */
export interface IssuedToken {
  token: string
  issuedAt: number
  expiresAt: number
}

const DEFAULT_SECONDS = 3600
/** As the kubelet's token manager: no token is kept longer, however long it lives. */
const MAX_AGE_MS = 24 * 3_600_000
/** After a renewal that failed while the old token still works. */
const RETRY_MS = 10_000

/** When a token is to be replaced: after four fifths of its life, and after a day at the latest. */
export const renewalOf = ({ issuedAt, expiresAt }: IssuedToken): number =>
  Math.min(issuedAt + (expiresAt - issuedAt) * 0.8, issuedAt + MAX_AGE_MS)

interface Held extends IssuedToken {
  renewAt: number
}

/** The service account tokens that the volumes of one pod hold. */
export class PodTokens {
  readonly #clock: Clock
  readonly #request: (order: TokenOrder) => Promise<IssuedToken>
  readonly #held = new Map<string, Held>()

  constructor(clock: Clock, request: (order: TokenOrder) => Promise<IssuedToken>) {
    this.#clock = clock
    this.#request = request
  }

  /** When the next token is due, if the pod has any. */
  get dueAt(): number | undefined {
    return this.#held.size === 0 ? undefined : Math.min(...[...this.#held.values()].map(held => held.renewAt))
  }

  /** Gets the tokens that are missing or due. Throws ConfigError when there is none that works. */
  async ensure(pod: Pod): Promise<void> {
    for (const volume of pod.spec.volumes ?? [])
      for (const { serviceAccountToken } of volume.projected?.sources ?? [])
        if (serviceAccountToken) await this.#renew(pod, serviceAccountToken)
  }

  /** The token of a projection, after `ensure`. */
  token(projection: ServiceAccountTokenProjection): string {
    const held = this.#held.get(keyOf(projection))
    if (!held) throw new ConfigError('the service account token has not been requested')
    return held.token
  }

  async #renew(pod: Pod, projection: ServiceAccountTokenProjection): Promise<void> {
    const key = keyOf(projection)
    const held = this.#held.get(key)
    const now = this.#clock.now()
    if (held && now < held.renewAt) return
    const { audience = '', expirationSeconds = DEFAULT_SECONDS } = projection
    try {
      const issued = await this.#request({ pod, audience, expirationSeconds })
      this.#held.set(key, { ...issued, renewAt: renewalOf(issued) })
    } catch (error) {
      if (!held || now >= held.expiresAt)
        throw new ConfigError(`failed to fetch token: ${(error as Error).message}`)
      held.renewAt = now + RETRY_MS
    }
  }
}

const keyOf = ({ audience = '', expirationSeconds = DEFAULT_SECONDS }: ServiceAccountTokenProjection) =>
  `${expirationSeconds} ${audience}`
