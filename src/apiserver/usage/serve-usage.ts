import type { ClusterRole } from '../../kube/generated/rbac-v1.ts'
import type { Draft } from '../../kube/object.ts'
import type { Aggregator } from '../aggregation/aggregator.ts'
import type { Core } from '../pipeline/core.ts'
import { ensureClusterRole } from '../rbac/reconcile-policy.ts'
import { GROUP, usageResources, VERSION } from './usage-resources.ts'
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

/** What metrics-server's own APIService says. */
const PRIORITY = { group: 100, version: 100 }

/** Serves metrics.k8s.io from now on unless a metrics-server does, with the role that lets users read it. */
export async function serveUsage(
  core: Core,
  aggregator: Pick<Aggregator, 'offer'>,
  source: UsageSource,
): Promise<void> {
  for (const resource of usageResources(source, () => core.clock.now())) core.registry.add(resource)
  aggregator.offer(GROUP, VERSION, PRIORITY)
  await ensureClusterRole(core, reader)
}
