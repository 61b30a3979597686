import { PersistentVolume, PersistentVolumeClaim } from '../../kube/generated/core-v1.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import { isAbout } from './objects.ts'

/** Holds volumes and claims with a finalizer, which their controllers take away when nobody uses them. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: request => request.operation === 'CREATE' && finalizerOf(request) !== undefined,
  mutate(request) {
    const finalizer = finalizerOf(request)
    const { metadata } = request.object ?? {}
    if (!finalizer || !metadata || metadata.finalizers?.includes(finalizer)) return
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer]
  },
}

function finalizerOf(request: AdmissionRequest): string | undefined {
  if (isAbout(request, PersistentVolume)) return 'kubernetes.io/pv-protection'
  return isAbout(request, PersistentVolumeClaim) ? 'kubernetes.io/pvc-protection' : undefined
}
