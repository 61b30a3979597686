import type { Namespace } from '../../kube/generated/core-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'
import { withStatusOf } from '../resources/with-status.ts'

// The behaviour is that of Namespaces only.
const asNamespace = (object: KubeObject) => object as unknown as Namespace

/** A namespace goes when the finalizer `kubernetes` in its spec is taken off through /finalize. */
export const namespaceBehaviour: Partial<Behaviour> = {
  prepareCreate(object) {
    const namespace = asNamespace(object)
    const finalizers = new Set([...(namespace.spec?.finalizers ?? []), 'kubernetes'])
    namespace.spec = { ...namespace.spec, finalizers: [...finalizers] }
    namespace.status = { phase: 'Active' }
    nameLabel(namespace)
  },
  prepareUpdate: next => nameLabel(asNamespace(next)),
  views: {
    '': (wished, current) => {
      const { spec } = asNamespace(current)
      return withStatusOf(spec ? ({ ...wished, spec } as KubeObject) : wished, current)
    },
    finalize: (wished, current) => {
      const { spec } = asNamespace(current)
      const finalizers = asNamespace(wished).spec?.finalizers ?? []
      return { ...current, spec: { ...spec, finalizers } } as KubeObject
    },
  },
}

function nameLabel({ metadata }: Namespace): void {
  // Validation refuses it.
  if (!metadata.name) return
  metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
}
