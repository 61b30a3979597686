import { PersistentVolumeClaim } from '../../kube/generated/core-v1.ts'
import { Ingress, IngressClass } from '../../kube/generated/networking-v1.ts'
import { StorageClass } from '../../kube/generated/storage-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionPlugin } from '../admission.ts'
import type { Store } from '../store/store.ts'
import { isAbout, kept } from './objects.ts'

/** Claims without a class get the default one. */
export const defaultStorageClass = (store: Store): AdmissionPlugin => ({
  name: 'DefaultStorageClass',
  handles: request => request.operation === 'CREATE' && isAbout(request, PersistentVolumeClaim),
  mutate({ object }) {
    // The kind says that it is a PersistentVolumeClaim.
    const { metadata, spec } = object as unknown as PersistentVolumeClaim
    const annotated = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined
    if (!spec || annotated || spec.storageClassName !== undefined) return
    const found = newest(kept(store, StorageClass), [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ])
    if (found) spec.storageClassName = found.metadata.name
  },
})

/** Ingresses without a class get the default one. */
export const defaultIngressClass = (store: Store): AdmissionPlugin => ({
  name: 'DefaultIngressClass',
  handles: request => request.operation === 'CREATE' && isAbout(request, Ingress),
  mutate({ object }) {
    // The kind says that it is an Ingress.
    const { metadata, spec } = object as unknown as Ingress
    const annotated = metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined
    if (!spec || annotated || spec.ingressClassName !== undefined) return
    const found = newest(kept(store, IngressClass), ['ingressclass.kubernetes.io/is-default-class'])
    if (found) spec.ingressClassName = found.metadata.name
  },
})

/** Of several defaults the one that was created last counts, then the first by name. */
function newest<T extends KubeObject>(classes: Iterable<T>, annotations: readonly string[]): T | undefined {
  return [...classes]
    .filter(({ metadata }) => annotations.some(name => metadata.annotations?.[name] === 'true'))
    .sort(
      (a, b) =>
        Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp) ||
        (a.metadata.name < b.metadata.name ? -1 : 1),
    )[0]
}
