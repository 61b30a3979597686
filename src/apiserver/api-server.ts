import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import type { Kind } from '../kube/kind.ts'
import type { Clock } from '../lib/clock.ts'
import type { AccessOptions } from './access-options.ts'
import { Aggregator } from './aggregation/aggregator.ts'
import { AuthenticationConfig } from './aggregation/authentication-config.ts'
import { builtInAdmission } from './admission/built-in.ts'
import { AdmissionChain } from './admission/chain.ts'
import type { AdmissionPlugin } from './admission.ts'
import { AuditLog } from './audit/audit-log.ts'
import type { AuditOptions } from './audit/audit-options.ts'
import { Auditor } from './audit/auditor.ts'
import { oidc } from './auth/oidc.ts'
import { ServiceAccountTokens } from './auth/service-account-tokens.ts'
import { serviceAccounts } from './auth/service-accounts.ts'
import { administrator, staticTokens } from './auth/static-tokens.ts'
import { anyOf } from './auth/token-authenticator.ts'
import { bootstrap, publishApiAddress } from './bootstrap.ts'
import type { ComponentHealth } from './components/component-statuses.ts'
import { Definitions } from './custom/definitions.ts'
import { ensureFlowControl } from './fairness/bootstrap-flow-control.ts'
import { FlowSchemaStatus } from './fairness/flow-schema-status.ts'
import { Fairness } from './fairness/fairness.ts'
import type { ApiServerHooks } from './hooks.ts'
import { type Credentials, loadCredentials } from './http/credentials.ts'
import { type Listener, type ListenOptions, listen } from './http/listen.ts'
import type { AddressRange } from './kinds/address-range.ts'
import { NamespaceContents } from './kinds/namespace-contents.ts'
import { SecretTokens } from './kinds/secret-tokens.ts'
import { SERVICES } from './kinds/service-addresses.ts'
import type { Logger } from './logger.ts'
import type { Core } from './pipeline/core.ts'
import { dispatch } from './pipeline/dispatch.ts'
import { PageHorizon } from './pipeline/page-horizon.ts'
import { eventOf, responseOf } from './pipeline/response.ts'
import { requireVerb, resourceFor } from './pipeline/target.ts'
import { watch } from './pipeline/watch.ts'
import { TypeCheckStatus } from './policies/type-check-status.ts'
import { ClusterRoleAggregation } from './rbac/aggregation.ts'
import { RbacAuthorizer } from './rbac/authorizer.ts'
import { reconcilePolicy } from './rbac/reconcile-policy.ts'
import type { ApiHandler, ApiRequest, ApiResponse, ApiWatchEvent, WatchRequest } from './request.ts'
import { builtinBehaviours } from './resources/builtin-behaviours.ts'
import { servedBuiltins } from './resources/builtins.ts'
import { ResourceRegistry } from './resources/registry.ts'
import { type ChosenStorage, credentialStore, openStorage, type StorageChoice } from './storage-choice.ts'
import { serveUsage } from './usage/serve-usage.ts'
import type { UsageSource } from './usage/usage-source.ts'
import { serviceEndpoint } from './webhooks/service-endpoint.ts'
import { WebhookClient } from './webhooks/webhook-client.ts'

export interface ApiServerOptions {
  clock: Clock
  log: Logger
  storage: StorageChoice
  /** Called in order for every write; may grow while the server runs. */
  admission?: readonly AdmissionPlugin[] | undefined
  hooks?: ApiServerHooks | undefined
  access?: AccessOptions | undefined
  /** Where cluster IPs come from; undefined: loopback addresses. */
  clusterIpRange?: AddressRange | undefined
  /** How the other parts of the control plane are; asked for each ComponentStatus. */
  components?: (() => readonly ComponentHealth[]) | undefined
  /** Where certificates and the token are kept, and further names of this host. Needed to listen. */
  tls?: { storage: { directory: string } | 'memory'; names?: readonly string[] } | undefined
}

export interface ApiServer extends ApiHandler, AsyncDisposable {
  /** The revision of the newest change. */
  readonly revision: number
  /** Serves the API over TLS, to whoever has the token or a certificate. */
  listen(options: ListenOptions): Promise<Listener>
  /** Leads the Service `default/kubernetes` here; `listen` does unless other servers share the storage. */
  publishAddress(listener: Listener): Promise<void>
  /** Serves metrics.k8s.io from now on, out of what the source measures. */
  serveUsage(source: UsageSource): Promise<void>
}

/** Starts the embedded API server: loads what is stored, creates what every cluster has. It does not listen yet. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, log, hooks = {}, admission = [], access = {} } = options
  const storage = await openStorage(options.storage, clock, options.clusterIpRange)
  const { addresses } = storage
  const credentials = options.tls && credentialsOf(options.tls, clock, storage)
  // Whoever listens hears of a failure; until then it is not unhandled.
  credentials?.catch(() => {})
  const registry = new ResourceRegistry()
  for (const resource of servedBuiltins(builtinBehaviours({ registry, addresses }))) registry.add(resource)
  const store = storage.createStore(registry, { clock, log, hooks })
  await store.load()
  const tokens = new ServiceAccountTokens(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  const authorizer = new RbacAuthorizer(store, access)
  const auditLog = access.audit && auditLogOf(access.audit, { clock, log, hooks })
  const webhooks = new WebhookClient({
    clock,
    resolve: service => serviceEndpoint(store, service),
    limitHit: name => hooks.limitHit?.(name),
  })
  const chain = new AdmissionChain(admission)
  const core: Core = {
    store,
    registry,
    clock,
    log,
    admission: chain,
    hooks,
    webhooks,
    tokens,
    components: options.components ?? (() => []),
    authenticateToken: serviceAccounts({ store, clock, tokens }),
    authorizer,
    pages: new PageHorizon(clock, () => store.revision),
    fairness: new Fairness({
      store,
      clock,
      onRefused: reason => hooks.limitHit?.(`fairness_${reason}`),
      onConfigured: seats => hooks.seats?.(seats),
    }),
    auditor: auditLog && access.audit && new Auditor({ policy: access.audit.policy, log: auditLog, clock }),
  }
  const contents = new NamespaceContents(core)
  chain.add(...builtInAdmission(core, contents))
  new Definitions(core, webhooks).start()
  addresses.restore(store.cache(SERVICES).select({ namespace: undefined, matches: undefined }))
  store.onChange((resource, event) => {
    if (resource === SERVICES) addresses.changed(event)
  })
  await bootstrap(core, addresses)
  await Promise.all([reconcilePolicy(core), ensureFlowControl(core)])
  await new FlowSchemaStatus(core).start()
  await contents.ensureAll()
  new ClusterRoleAggregation(core)
  new TypeCheckStatus(core)
  const aggregator = new Aggregator(core, async () => (await credentials)?.frontProxy.client)
  await aggregator.start()
  const { isShared } = storage
  return new EmbeddedApiServer({ core, contents, aggregator, credentials, access, auditLog, isShared })
}

function auditLogOf(
  { policy: _policy, ...place }: AuditOptions,
  { clock, log, hooks }: Pick<Core, 'clock' | 'log' | 'hooks'>,
): AuditLog {
  return new AuditLog({ ...place, clock, log, onDropped: () => hooks.limitHit?.('audit_buffer') })
}

/** Names by which programs on this machine and in pods reach the API. */
const NAMES = [
  'localhost',
  '127.0.0.1',
  '::1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
]

function credentialsOf(
  tls: NonNullable<ApiServerOptions['tls']>,
  clock: Clock,
  storage: ChosenStorage,
): Promise<Credentials> {
  const names = [...new Set([...NAMES, storage.addresses.ofApi, ...(tls.names ?? [])])]
  return storage.withCredentials(credentialStore(tls.storage), store => loadCredentials(store, clock, names))
}

interface ServerParts {
  core: Core
  contents: NamespaceContents
  aggregator: Aggregator
  credentials: Promise<Credentials> | undefined
  access: AccessOptions
  auditLog: AuditLog | undefined
  isShared: boolean
}

class EmbeddedApiServer implements ApiServer {
  readonly #core: Core
  readonly #contents: NamespaceContents
  readonly #aggregator: Aggregator
  readonly #credentials: Promise<Credentials> | undefined
  readonly #listeners: Listener[] = []
  readonly #access: AccessOptions
  readonly #auditLog: AuditLog | undefined
  readonly #isShared: boolean

  constructor({ core, contents, aggregator, credentials, access, auditLog, isShared }: ServerParts) {
    this.#access = access
    this.#auditLog = auditLog
    this.#core = core
    this.#contents = contents
    this.#aggregator = aggregator
    this.#credentials = credentials
    this.#isShared = isShared
  }

  get revision(): number {
    return this.#core.store.revision
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const read = this.#aggregator.read(request)
    return read ? read : responseOf(await dispatch(this.#core, request))
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<ApiWatchEvent> {
    const resource = resourceFor(this.#core, request)
    requireVerb(resource, 'watch', undefined)
    for await (const events of watch(this.#core, resource, request, signal))
      for (const event of events) yield eventOf(resource, event)
  }

  resolve(apiVersion: string, kind: string): Kind | undefined {
    return this.#core.registry.findKind(apiVersion, kind)
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const core = this.#core
    const credentials = await this.#credentials
    if (!credentials) throw new Error('the API server was created without `tls`, so it cannot listen')
    core.tokens = new ServiceAccountTokens(createPrivateKey(credentials.signingKey))
    const { staticTokens: others = [], oidc: issuer } = this.#access
    core.authenticateToken = anyOf([
      staticTokens([administrator(credentials.token), ...others]),
      serviceAccounts(core),
      ...(issuer ? [oidc(issuer, core)] : []),
    ])
    const { clientAuthorities } = this.#access
    const parts = { core, aggregator: this.#aggregator }
    const listener = await listen(parts, credentials, { ...options, clientAuthorities })
    this.#listeners.push(listener)
    if (!this.#isShared) await this.publishAddress(listener)
    await this.#contents.publishAuthority(credentials.authority)
    const client = [credentials.authority, clientAuthorities ?? ''].join('\n')
    const { authority: frontProxy } = credentials.frontProxy
    await new AuthenticationConfig(core, { client, frontProxy }).start()
    new SecretTokens(core, credentials.authority)
    return listener
  }

  publishAddress(listener: Listener): Promise<void> {
    return publishApiAddress(this.#core, listener)
  }

  serveUsage(source: UsageSource): Promise<void> {
    return serveUsage(this.#core, this.#aggregator, source)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners.splice(0)) await listener[Symbol.asyncDispose]()
    this.#aggregator[Symbol.dispose]()
    this.#core.webhooks[Symbol.dispose]()
    this.#core.pages[Symbol.dispose]()
    await this.#auditLog?.[Symbol.asyncDispose]()
    await this.#core.store[Symbol.asyncDispose]()
  }
}
