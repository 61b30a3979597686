import { X509Certificate } from 'node:crypto'
import type { ConfigMap } from '../../kube/generated/core-v1.ts'
import { equalJson } from '../../kube/copy.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/status.ts'
import { MASTERS } from '../auth/users.ts'
import { FRONT_PROXY_NAME } from '../http/credentials.ts'
import type { Core } from '../pipeline/core.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import { EXTRA_PREFIX, GROUP_HEADER, UID_HEADER, USER_HEADER } from './identity-headers.ts'

const NAMESPACE = 'kube-system'
const NAME = 'extension-apiserver-authentication'
const CONFIG_MAPS = '/configmaps'
/** Certificates that ended before that are left out. */
const SLACK_MS = 5 * 60_000

interface Authorities {
  /** Whose client certificates this server takes, in PEM. */
  client: string
  /** Whose client certificates vouch for the identity headers. */
  frontProxy: string
}

/** The data by which extension servers know who asks; what other servers have put there stays. */
export function authenticationData(
  held: Readonly<Record<string, string>>,
  { client, frontProxy }: Authorities,
  now: number,
): Record<string, string> {
  const bundle = (key: string, own: string) => joined([held[key] ?? '', own], now)
  const list = (key: string, value: string) => JSON.stringify([...new Set([...listed(held[key]), value])])
  return {
    'client-ca-file': bundle('client-ca-file', client),
    'requestheader-allowed-names': list('requestheader-allowed-names', FRONT_PROXY_NAME),
    'requestheader-client-ca-file': bundle('requestheader-client-ca-file', frontProxy),
    'requestheader-extra-headers-prefix': list('requestheader-extra-headers-prefix', EXTRA_PREFIX),
    'requestheader-group-headers': list('requestheader-group-headers', GROUP_HEADER),
    'requestheader-uid-headers': list('requestheader-uid-headers', UID_HEADER),
    'requestheader-username-headers': list('requestheader-username-headers', USER_HEADER),
  }
}

function listed(text: string | undefined): string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
  } catch {
    return []
  }
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Each certificate once, without those that have ended. */
function joined(bundles: readonly string[], now: number): string {
  const blocks = new Map<string, string>()
  for (const [block] of bundles.join('\n').matchAll(BLOCK)) {
    try {
      const certificate = new X509Certificate(block)
      if (Date.parse(certificate.validTo) >= now - SLACK_MS) blocks.set(certificate.fingerprint256, block)
    } catch {
      // What cannot be read vouches for nobody.
    }
  }
  return [...blocks.values()].map(block => `${block}\n`).join('')
}

/** Keeps the ConfigMap kube-system/extension-apiserver-authentication, as upstream's clusterauthenticationtrust controller does. */
export class AuthenticationConfig {
  readonly #core: Core
  readonly #authorities: Authorities

  constructor(core: Core, authorities: Authorities) {
    this.#core = core
    this.#authorities = authorities
  }

  /** Resolves when it is published; it is put back from then on. */
  async start(): Promise<void> {
    await this.#ensure()
    this.#core.store.onChange((resource, { type, stored }) => {
      if (resource !== CONFIG_MAPS || type === 'ADDED') return
      if (stored.name !== NAME || stored.namespace !== NAMESPACE) return
      Promise.resolve()
        .then(() => this.#ensure())
        .catch(error => this.#core.log.warn({ err: error }, `${NAME} could not be put back`))
    })
  }

  async #ensure(): Promise<void> {
    // Only ConfigMaps are kept there.
    const live = this.#core.store.head(CONFIG_MAPS, NAMESPACE, NAME)?.object as ConfigMap | undefined
    const data = authenticationData(live?.data ?? {}, this.#authorities, this.#core.clock.now())
    if (live && equalJson(data, live.data)) return
    try {
      await dispatch(this.#core, {
        user: { username: 'system:apiserver', groups: [MASTERS] },
        verb: live ? 'patch' : 'create',
        ...(live ? { patchType: 'merge' } : {}),
        group: '',
        version: 'v1',
        plural: 'configmaps',
        namespace: NAMESPACE,
        name: NAME,
        body: live ? { data } : { metadata: { name: NAME }, data },
        options: { fieldManager: 'kube-apiserver' },
      })
    } catch (error) {
      // Another server was faster.
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
    }
  }
}
