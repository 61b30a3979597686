import type { Secret } from '../../kube/generated/core-v1.ts'
import { ApiError, isConflict, isNotFound } from '../../kube/status.ts'
import { MASTERS } from '../auth/users.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { ApiRequest } from '../request.ts'

const SECRETS = '/secrets'
const TYPE = 'kubernetes.io/service-account-token'
const NAME = 'kubernetes.io/service-account.name'
const UID = 'kubernetes.io/service-account.uid'

/**
 * Fills Secrets that ask for a token of a service account, and removes them with their account: upstream's
 * tokens controller, here because the key that signs is here.
 */
export class SecretTokens {
  readonly #core: Core
  /** PEM. */
  readonly #authority: string

  /** Follows Secrets and accounts from then on. */
  constructor(core: Core, authority: string) {
    this.#core = core
    this.#authority = authority
    core.store.onChange((resource, { type, stored }) => {
      if (resource === SECRETS && type !== 'DELETED') this.#soon(stored.namespace, stored.name)
      else if (resource === '/serviceaccounts' && type === 'DELETED')
        for (const secret of this.#tokenSecrets(stored.namespace))
          this.#soon(stored.namespace, secret.metadata.name)
    })
    for (const { metadata } of this.#tokenSecrets(undefined))
      this.#soon(metadata.namespace ?? '', metadata.name)
  }

  async #settle(namespace: string, name: string): Promise<void> {
    const { store, tokens } = this.#core
    const secret = asTokenSecret(store.head(SECRETS, namespace, name)?.object)
    if (!secret || secret.metadata.deletionTimestamp) return
    const { annotations = {} } = secret.metadata
    const account = store.head('/serviceaccounts', namespace, annotations[NAME] ?? '')?.object.metadata
    const isOfAnother = account && annotations[UID] !== undefined && annotations[UID] !== account.uid
    if (!account || isOfAnother) {
      const preconditions = { uid: secret.metadata.uid }
      await this.#write('delete', namespace, name, { options: { preconditions } })
      return
    }
    const encoded = (text: string) => Buffer.from(text).toString('base64')
    const authority = encoded(this.#authority)
    const { data = {} } = secret
    if (data.token && data['ca.crt'] === authority && data.namespace && annotations[UID]) return
    const token = data.token ?? encoded(tokens.issueForSecret(namespace, account, name))
    await this.#write('patch', namespace, name, {
      patchType: 'merge',
      body: {
        metadata: { annotations: { [UID]: account.uid } },
        data: { token, 'ca.crt': authority, namespace: encoded(namespace) },
      },
    })
  }

  async #write(
    verb: ApiRequest['verb'],
    namespace: string,
    name: string,
    { options = {}, ...more }: Partial<ApiRequest>,
  ): Promise<void> {
    try {
      await dispatch(this.#core, {
        user: { username: 'system:kube-controller-manager', groups: [MASTERS] },
        verb,
        group: '',
        version: 'v1',
        plural: 'secrets',
        namespace,
        name,
        options: { fieldManager: 'kube-controller-manager', ...options },
        ...more,
      })
    } catch (error) {
      // It is gone, or another one by now, of which there is word too.
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }

  *#tokenSecrets(namespace: string | undefined): Generator<Secret> {
    for (const { object } of this.#core.store.cache(SECRETS).select({ namespace, matches: undefined })) {
      const secret = asTokenSecret(object)
      if (secret) yield secret
    }
  }

  /** Once the change that is being told of can be read. */
  #soon(namespace: string, name: string): void {
    Promise.resolve()
      .then(() => this.#settle(namespace, name))
      .catch(error => {
        // The server is stopping.
        if (error instanceof ApiError && error.reason === 'ServiceUnavailable') return
        this.#core.log.warn({ err: error, namespace, name }, 'a Secret could not be given its token')
      })
  }
}

/** The Secret, where it is one for a token. */
function asTokenSecret(object: unknown): Secret | undefined {
  // Only Secrets are kept where it comes from.
  const secret = object as Secret | undefined
  return secret?.type === TYPE ? secret : undefined
}
