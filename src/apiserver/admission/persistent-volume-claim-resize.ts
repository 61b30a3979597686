import { PersistentVolumeClaim } from '../../kube/generated/core-v1.ts'
import type { StorageClass } from '../../kube/generated/storage-v1.ts'
import { nanoOf } from '../../kube/pod-resources.ts'
import type { AdmissionPlugin } from '../admission.ts'
import type { Store } from '../store/store.ts'
import { isAbout, refusal } from './objects.ts'

/** Lets claims grow only when they are bound and their class allows it. */
export const persistentVolumeClaimResize = (store: Store): AdmissionPlugin => ({
  name: 'PersistentVolumeClaimResize',
  handles: request => request.operation === 'UPDATE' && isAbout(request, PersistentVolumeClaim),
  validate(request) {
    // The kind says that these are PersistentVolumeClaims.
    const claim = request.object as unknown as PersistentVolumeClaim
    const before = request.previous as unknown as PersistentVolumeClaim
    if (sizeOf(claim) <= sizeOf(before)) return
    if (before.status?.phase !== 'Bound')
      throw refusal(request, 'Only bound persistent volume claims can be expanded')
    const name = claim.spec?.storageClassName
    const stored =
      name && name === before.spec?.storageClassName
        ? store.head('storage.k8s.io/storageclasses', '', name)
        : undefined
    if (!(stored?.object as unknown as StorageClass | undefined)?.allowVolumeExpansion)
      throw refusal(
        request,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
  },
})

const sizeOf = ({ spec }: PersistentVolumeClaim): bigint =>
  nanoOf(spec?.resources?.requests?.['storage'] ?? '0')
