import { generateKeyPairSync } from 'node:crypto'
import { ServiceAccountTokens } from './auth/service-account-tokens.ts'
import { serviceAccountOf } from './subresources/reviews.ts'
import type { Kind } from '../kube/kind.ts'
import type { Clock } from '../lib/clock.ts'
import type { AdmissionPlugin } from './admission.ts'
import { Definitions } from './custom/definitions.ts'
import { SERVICES, ServiceAddresses } from './kinds/service-addresses.ts'
import { builtinBehaviours } from './resources/builtin-behaviours.ts'
import type { ApiServerHooks } from './hooks.ts'
import type { Logger } from './logger.ts'
import type { Core } from './pipeline/core.ts'
import { dispatch } from './pipeline/dispatch.ts'
import { eventOf, responseOf } from './pipeline/response.ts'
import { requireVerb, resourceFor } from './pipeline/target.ts'
import { watch } from './pipeline/watch.ts'
import type { ApiHandler, ApiRequest, ApiResponse, ApiWatchEvent, WatchRequest } from './request.ts'
import { servedBuiltins } from './resources/builtins.ts'
import { ResourceRegistry } from './resources/registry.ts'
import { bootstrap } from './bootstrap.ts'
import { LogStorage } from './store/log-storage.ts'
import { Store } from './store/store.ts'

export interface ApiServerOptions {
  clock: Clock
  log: Logger
  /** Where objects are kept: a directory, or nowhere but in memory. */
  storage: { directory: string } | 'memory'
  admission?: readonly AdmissionPlugin[] | undefined
  hooks?: ApiServerHooks | undefined
}

export interface ApiServer extends ApiHandler, AsyncDisposable {
  /** The revision of the newest change. */
  readonly revision: number
}

/** Starts the embedded API server: loads what is stored, creates what every cluster has. It does not listen yet. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, log, hooks = {}, admission = [] } = options
  const registry = new ResourceRegistry()
  const addresses = new ServiceAddresses()
  for (const resource of servedBuiltins(builtinBehaviours({ registry, addresses }))) registry.add(resource)
  const storage =
    options.storage === 'memory' ? undefined : new LogStorage({ directory: options.storage.directory, log })
  const store = new Store({ storage, clock, log, hooks })
  await store.load()
  const tokens = new ServiceAccountTokens(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  const core: Core = {
    store,
    registry,
    clock,
    log,
    admission,
    hooks,
    tokens,
    authenticateToken: token => serviceAccountOf(core, token),
  }
  new Definitions(core).start()
  addresses.restore(store.cache(SERVICES).select({ namespace: undefined, matches: undefined }))
  store.onChange((resource, event) => {
    if (resource === SERVICES) addresses.changed(event)
  })
  await bootstrap(core)
  return new EmbeddedApiServer(core)
}

class EmbeddedApiServer implements ApiServer {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  get revision(): number {
    return this.#core.store.revision
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return responseOf(await dispatch(this.#core, request))
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.store[Symbol.asyncDispose]()
  }
}
