import type { Pod, ServiceAccount } from '../../kube/generated/core-v1.ts'
import type { ApiError } from '../../kube/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { DEFAULT_ACCOUNT, type NamespaceContents } from '../kinds/namespace-contents.ts'
import { generatedName } from '../pipeline/metadata.ts'
import { refusal } from './objects.ts'
import type { Store } from '../store/store.ts'
import { mountToken } from './token-volume.ts'

const MIRROR = 'kubernetes.io/config.mirror'

/** Gives a new pod its service account, the account's token and pull secrets: upstream's ServiceAccount admission. */
export function serviceAccountAdmission(store: Store, contents: NamespaceContents): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: ({ kind, operation, subresource }) =>
      operation === 'CREATE' && kind.plural === 'pods' && kind.group === '' && subresource === undefined,
    async mutate(request) {
      const pod = podOf(request)
      // Without a spec it is refused for that.
      if (!pod?.spec?.containers) return
      if (pod.metadata.annotations?.[MIRROR] !== undefined) return
      const { spec } = pod
      spec.serviceAccountName ||= spec.serviceAccount || DEFAULT_ACCOUNT
      spec.serviceAccount = spec.serviceAccountName
      const account = await accountFor(request, spec.serviceAccountName)
      if (!account) return
      const wanted = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
      if (wanted && contents.isReachable) mountToken(spec, generatedName)
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
        spec.imagePullSecrets = account.imagePullSecrets.map(({ name }) => ({ name }))
    },
    validate(request) {
      const pod = podOf(request)
      if (pod?.metadata.annotations?.[MIRROR] === undefined) return
      const problem = mirrorProblem(pod.spec)
      if (problem) throw refusal(request, problem)
    },
  }

  /** Throws ApiError 403 where the account is missing; undefined where its namespace is, which is refused later. */
  async function accountFor(request: AdmissionRequest, name: string): Promise<ServiceAccount | undefined> {
    const { namespace = '' } = request
    const live = store.head('/namespaces', '', namespace)
    if (!live || live.object.metadata.deletionTimestamp) return undefined
    // Namespaces get theirs as soon as they are there; this pod may be as soon.
    if (name === DEFAULT_ACCOUNT) await contents.ensureAccount(namespace)
    const stored = store.head('/serviceaccounts', namespace, name)
    if (!stored) throw missing(request, name)
    // Only ServiceAccounts are kept there.
    return stored.object as ServiceAccount
  }
}

// The plugin handles Pods only.
const podOf = ({ object }: AdmissionRequest) => object as unknown as Pod | undefined

const missing = (request: AdmissionRequest, account: string): ApiError =>
  refusal(
    request,
    `error looking up service account ${request.namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`,
  )

/** What the copy of a pod that a node runs by itself must not refer to. */
function mirrorProblem(spec: Pod['spec']): string | undefined {
  if (spec.serviceAccountName) return 'a mirror pod may not reference service accounts'
  const volumes = spec.volumes ?? []
  const readsSecrets = [...(spec.initContainers ?? []), ...spec.containers].some(
    ({ env, envFrom }) =>
      env?.some(({ valueFrom }) => valueFrom?.secretKeyRef) || envFrom?.some(({ secretRef }) => secretRef),
  )
  if (readsSecrets || volumes.some(({ secret }) => secret)) return 'a mirror pod may not reference secrets'
  return volumes.some(({ projected }) => projected?.sources?.some(source => source.serviceAccountToken))
    ? 'a mirror pod may not use ServiceAccountToken volume projections'
    : undefined
}
