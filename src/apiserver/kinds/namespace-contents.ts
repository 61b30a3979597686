import type { ConfigMap } from '../../kube/generated/core-v1.ts'
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../../kube/status.ts'
import { MASTERS } from '../auth/users.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { ApiRequest } from '../request.ts'
import type { StoreEvent } from '../store/watcher.ts'

const NAMESPACES = '/namespaces'
const ACCOUNTS = '/serviceaccounts'
const CONFIG_MAPS = '/configmaps'
/** The account of pods that name none. */
export const DEFAULT_ACCOUNT = 'default'
/** Where pods find the certificate authority of the API. */
export const ROOT_AUTHORITY = 'kube-root-ca.crt'

/**
 * What every namespace holds from its first moment, so that pods can be created right after it: its `default` account
 * and the API's certificate authority. Upstream's serviceaccount and root-ca-certificate-publisher controllers.
 */
export class NamespaceContents {
  readonly #core: Core
  #authority: string | undefined

  /** Follows namespaces from then on. */
  constructor(core: Core) {
    this.#core = core
    core.store.onChange((resource, event) => this.#changed(resource, event))
  }

  /** Gives the namespaces that are there what they lack. */
  async ensureAll(): Promise<void> {
    await Promise.all([...this.#namespaces()].map(namespace => this.ensureAccount(namespace)))
  }

  /** Whether pods find what they need to reach the API: not before it listens. */
  get isReachable(): boolean {
    return this.#authority !== undefined
  }

  /** Publishes the authority, in PEM, in all namespaces, those to come included. */
  async publishAuthority(pem: string): Promise<void> {
    this.#authority = pem
    await Promise.all([...this.#namespaces()].map(namespace => this.#ensureAuthority(namespace)))
  }

  /** Resolves when the namespace has its account; does nothing where there is none or it is on its way out. */
  async ensureAccount(namespace: string): Promise<void> {
    const { store } = this.#core
    if (!this.#isActive(namespace) || store.head(ACCOUNTS, namespace, DEFAULT_ACCOUNT)) return
    await this.#put(namespace, 'serviceaccounts', { metadata: { name: DEFAULT_ACCOUNT } })
  }

  async #ensureAuthority(namespace: string): Promise<void> {
    if (this.#authority === undefined || !this.#isActive(namespace)) return
    const data = { 'ca.crt': this.#authority }
    // Only ConfigMaps are kept there.
    const live = this.#core.store.head(CONFIG_MAPS, namespace, ROOT_AUTHORITY)?.object as
      | ConfigMap
      | undefined
    const held = live?.data
    if (held && held['ca.crt'] === this.#authority && Object.keys(held).length === 1) return
    const annotations = {
      'kubernetes.io/description':
        'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
    }
    const body = { metadata: { name: ROOT_AUTHORITY, annotations }, data }
    await this.#put(namespace, 'configmaps', body, live ? 'update' : 'create')
  }

  #changed(resource: string, { type, stored }: StoreEvent): void {
    const { name, namespace } = stored
    if (resource === NAMESPACES && type === 'ADDED') {
      this.#soon(() => this.ensureAccount(name))
      this.#soon(() => this.#ensureAuthority(name))
    } else if (resource === ACCOUNTS && type === 'DELETED' && name === DEFAULT_ACCOUNT)
      this.#soon(() => this.ensureAccount(namespace))
    else if (resource === CONFIG_MAPS && type !== 'ADDED' && name === ROOT_AUTHORITY)
      this.#soon(() => this.#ensureAuthority(namespace))
  }

  async #put(
    namespace: string,
    plural: string,
    body: { metadata: { name: string } },
    verb: ApiRequest['verb'] = 'create',
  ): Promise<void> {
    try {
      await dispatch(this.#core, {
        user: { username: 'system:kube-controller-manager', groups: [MASTERS] },
        verb,
        group: '',
        version: 'v1',
        plural,
        namespace,
        name: body.metadata.name,
        body,
        options: { fieldManager: 'kube-controller-manager' },
      })
    } catch (error) {
      // Somebody else was faster, or the namespace goes.
      const isMoot = isAlreadyExists(error) || isConflict(error) || isNotFound(error)
      if (!isMoot && !(error instanceof ApiError && error.reason === 'Forbidden')) throw error
    }
  }

  /** Once the change that is being told of can be read. */
  #soon(work: () => Promise<void>): void {
    Promise.resolve()
      .then(work)
      .catch(error => {
        // The server is stopping.
        if (error instanceof ApiError && error.reason === 'ServiceUnavailable') return
        this.#core.log.warn({ err: error }, 'a namespace could not be given what every namespace has')
      })
  }

  *#namespaces(): Generator<string> {
    const everything = { namespace: undefined, matches: undefined }
    for (const { name } of this.#core.store.cache(NAMESPACES).select(everything)) yield name
  }

  #isActive(namespace: string): boolean {
    const stored = this.#core.store.head(NAMESPACES, '', namespace)
    return stored !== undefined && stored.object.metadata.deletionTimestamp === undefined
  }
}
