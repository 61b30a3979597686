import type { Capability } from '../../kernel/capability.ts'
import { deploymentOf, LABELS } from './deployment.ts'
import type { Manifest } from './manifest.ts'
import { rolesOf } from './roles.ts'

export interface InstallOptions {
  image: string
  namespace: string
  replicas: number
  /** The namespaces to act in, or all. */
  manage: readonly string[] | 'all'
}

/** Everything that runs Drave on a cluster, in an order in which it can be applied. */
export function installManifests(options: InstallOptions, capabilities: readonly Capability[]): Manifest[] {
  const { namespace } = options
  const chosen = capabilities.filter(({ embeddedOnly }) => embeddedOnly === undefined)
  const listeners = chosen.flatMap(({ listeners = [] }) => listeners)
  const ports = Object.fromEntries(listeners.map(({ name, defaultPort }) => [name, defaultPort]))
  const others = new Set(chosen.flatMap(({ namespaces = [] }) => namespaces))
  others.delete(namespace)
  const manifests: Manifest[] = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    ...[...others].map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'drave', namespace },
      automountServiceAccountToken: false,
    },
    ...rolesOf({ ...options, capabilities: chosen }),
    ...deploymentOf({ ...options, ports }),
  ]
  return manifests.map(manifest => {
    const { labels } = manifest.metadata
    // Namespaces may be somebody else's: they are not marked as part of this.
    if (manifest.kind === 'Namespace' && manifest.metadata.name !== namespace) return manifest
    return { ...manifest, metadata: { ...manifest.metadata, labels: { ...labels, ...LABELS } } }
  })
}
