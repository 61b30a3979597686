import type { Namespace } from '../../kube/generated/core-v1.ts'
import { apiError, notFound } from '../../kube/status.ts'
import type { Resource } from '../resources/resource.ts'
import type { Core } from './core.ts'

const NAMESPACES = '/namespaces'
/** These cannot be deleted, as upstream's NamespaceLifecycle has it. */
const immortal = new Set(['default', 'kube-system', 'kube-public'])

/** Refuses new objects in a namespace that is missing or on its way out. */
export function requireNamespace(core: Core, resource: Resource, namespace: string, name: string): void {
  if (!resource.namespaced) return
  const stored = core.store.head(NAMESPACES, '', namespace)
  if (!stored) throw notFound({ group: '', plural: 'namespaces' }, namespace)
  // Only Namespaces are kept there.
  const { metadata } = stored.object as unknown as Namespace
  if (!metadata.deletionTimestamp) return
  const { group, plural } = resource
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  throw apiError('Forbidden', `${group ? `${plural}.${group}` : plural} "${name}" is forbidden: ${why}`, {
    group: group || undefined,
    kind: plural,
    name,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  })
}

export function requireMortal(resource: Resource, name: string): void {
  if (resource.storageName === NAMESPACES && immortal.has(name))
    throw apiError('Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`, {
      kind: 'namespaces',
      name,
    })
}
