import type { Clock } from '../../lib/clock.ts'
import type { AdmissionChain } from '../admission/chain.ts'
import type { Auditor } from '../audit/auditor.ts'
import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts'
import type { TokenAuthenticator } from '../auth/token-authenticator.ts'
import type { ComponentHealth } from '../components/component-statuses.ts'
import type { Fairness } from '../fairness/fairness.ts'
import type { ApiServerHooks } from '../hooks.ts'
import type { Logger } from '../logger.ts'
import type { RbacAuthorizer } from '../rbac/authorizer.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Store } from '../store/store.ts'
import type { WebhookClient } from '../webhooks/webhook-client.ts'
import type { PageHorizon } from './page-horizon.ts'

/** What every step of a request works on. */
export interface Core {
  readonly store: Store
  readonly registry: ResourceRegistry
  readonly clock: Clock
  readonly log: Logger
  readonly admission: AdmissionChain
  /** Calls webhooks of admission and conversion. */
  readonly webhooks: WebhookClient
  readonly hooks: ApiServerHooks
  /** Replaced when the key that signs tokens has been read. */
  tokens: ServiceAccountTokens
  /** Whose bearer token this is; undefined where it is nobody's. Replaced with `tokens`. */
  authenticateToken: TokenAuthenticator
  readonly authorizer: RbacAuthorizer
  /** How far back lists go. */
  readonly pages: PageHorizon
  /** Seats for requests from outside. */
  readonly fairness: Fairness
  /** How the other parts of the control plane are. */
  readonly components: () => readonly ComponentHealth[]
  /** Where an audit policy is set. */
  readonly auditor: Auditor | undefined
}
