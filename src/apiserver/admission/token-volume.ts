import type { Pod, Volume, VolumeMount } from '../../kube/generated/core-v1.ts'
import { ROOT_AUTHORITY } from '../kinds/namespace-contents.ts'

const PREFIX = 'kube-api-access-'
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
/** Upstream's mark of a token that clients may use for longer than asked, see the TokenRequest subresource. */
const EXPIRATION_SECONDS = 3607
const MODE = 0o644

/** Mounts what a pod needs to talk to the API into each container that mounts nothing there itself. */
export function mountToken(spec: Pod['spec'], generateName: (prefix: string) => string): void {
  const present = spec.volumes?.find(({ name }) => name.startsWith(PREFIX))
  const name = present?.name ?? generateName(PREFIX)
  const mount: VolumeMount = { name, readOnly: true, mountPath: MOUNT_PATH }
  let isNeeded = false
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) continue
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }]
    isNeeded = true
  }
  if (isNeeded && !present) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: MODE,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: EXPIRATION_SECONDS } },
      { configMap: { name: ROOT_AUTHORITY, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
})
