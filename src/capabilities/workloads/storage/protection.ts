import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { CLAIM_USERS, claimsUsedBy, indexClaimUsers } from './claim-users.ts'

/** What the finalizer of an object in use should become; undefined when it is as it should be. */
export function protectedFinalizers(
  { metadata }: KubeObject,
  finalizer: string,
  isInUse: boolean,
): string[] | undefined {
  const finalizers = metadata.finalizers ?? []
  const isProtected = finalizers.includes(finalizer)
  if (!metadata.deletionTimestamp) return isProtected ? undefined : [...finalizers, finalizer]
  return isProtected && !isInUse ? finalizers.filter(name => name !== finalizer) : undefined
}

/** A claim that is deleted stays while a pod that has not ended uses it. */
export function claimProtection(kernel: Kernel): Controller {
  const claims = kernel.informers.for(PersistentVolumeClaim)
  const pods = kernel.informers.for(Pod)
  indexClaimUsers(pods)
  return {
    name: 'pvc-protection',
    watches: [objectsOf(PersistentVolumeClaim), mappedFrom(Pod, claimsUsedBy)],
    async reconcile(key) {
      const claim = claims.get(key)
      if (!claim) return
      // The informer of pods may be behind the one of claims: before data goes, the API is asked.
      const isInUse =
        pods.by(CLAIM_USERS, key).some(hasNotEnded) ||
        (claim.metadata.deletionTimestamp !== undefined && (await isUsedNow(kernel, claim)))
      const finalizers = protectedFinalizers(claim, 'kubernetes.io/pvc-protection', isInUse)
      if (finalizers) await write(kernel, { kind: PersistentVolumeClaim, object: claim, finalizers })
    },
  }
}

const hasNotEnded = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

async function isUsedNow({ client }: Kernel, { metadata }: PersistentVolumeClaim): Promise<boolean> {
  const { namespace, name } = metadata
  const { items } = await client.list(Pod, { namespace })
  return items.some(pod => hasNotEnded(pod) && claimsUsedBy(pod).includes(`${namespace}/${name}`))
}

/** A volume that is deleted stays while it is bound. */
export function volumeProtection(kernel: Kernel): Controller {
  const volumes = kernel.informers.for(PersistentVolume)
  return {
    name: 'pv-protection',
    watches: [objectsOf(PersistentVolume)],
    async reconcile(key) {
      const volume = volumes.get(key)
      if (!volume) return
      const isInUse = volume.status?.phase === 'Bound'
      const finalizers = protectedFinalizers(volume, 'kubernetes.io/pv-protection', isInUse)
      if (finalizers) await write(kernel, { kind: PersistentVolume, object: volume, finalizers })
    },
  }
}

async function write<T extends KubeObject>(
  { client }: Kernel,
  { kind, object, finalizers }: { kind: Kind<T>; object: T; finalizers: string[] },
): Promise<void> {
  const { uid, resourceVersion } = object.metadata
  await client
    .patch(kind, object.metadata, { metadata: { uid, resourceVersion, finalizers } })
    .catch(ignoreNotFound)
}
