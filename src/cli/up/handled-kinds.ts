import type { Capability } from '../../kernel/capability.ts'
import { groupResourceOf, type Kind } from '../../kube/kind.ts'

/** Kinds that the API server itself or the pods give a meaning to. */
const MEANT = [
  'namespaces',
  'configmaps',
  'secrets',
  'services',
  'pods',
  'serviceaccounts',
  'customresourcedefinitions.apiextensions.k8s.io',
  'endpointslices.discovery.k8s.io',
  'events',
  'leases.coordination.k8s.io',
]

/** Tells for a kind whether any part of the stack acts on its objects. */
export function handledKinds(capabilities: readonly Capability[]): (kind: Kind) => boolean {
  const handled = new Set(MEANT)
  for (const capability of capabilities) {
    for (const kind of capability.reconciles ?? []) handled.add(groupResourceOf(kind))
    for (const { kind } of capability.kinds ?? []) handled.add(groupResourceOf(kind))
  }
  return kind => handled.has(groupResourceOf(kind))
}
