import type { ClusterRole } from '../../kube/generated/rbac-v1.ts'
import type { Draft } from '../../kube/object.ts'
import type { Core } from '../pipeline/core.ts'
import { ensureClusterRole } from '../rbac/reconcile-policy.ts'
import { GROUP, usageResources } from './usage-resources.ts'
import type { UsageSource } from './usage-source.ts'

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'

/** As metrics-server's manifests have it: whoever may look at a namespace may see what its pods use. */
const reader: Draft<ClusterRole> = {
  metadata: {
    name: 'system:aggregated-metrics-reader',
    labels: Object.fromEntries(['admin', 'edit', 'view'].map(role => [AGGREGATE + role, 'true'])),
  },
  rules: [{ apiGroups: [GROUP], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
}

/** Serves metrics.k8s.io from now on, with the role that lets users read it. */
export async function serveUsage(core: Core, source: UsageSource): Promise<void> {
  for (const resource of usageResources(source, () => core.clock.now())) core.registry.add(resource)
  await ensureClusterRole(core, reader)
}
