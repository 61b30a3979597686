import type { Metrics } from '../../kernel/metrics.ts'
import type { NodeCounters } from './node-parts.ts'
import type { PodRuntime } from './pod/pod-runtime.ts'

/** Registers the node's own metrics. */
export function nodeCounters(metrics: Metrics, runtimes: () => readonly PodRuntime[]): NodeCounters {
  metrics.gauge({
    name: 'drave_node_pods',
    help: 'Pods on this node by phase.',
    labelNames: ['phase'],
    collect() {
      this.reset()
      for (const runtime of runtimes()) this.inc({ phase: runtime.pod().status?.phase ?? 'Pending' })
    },
  })
  return {
    starts: metrics.counter({
      name: 'drave_node_container_starts_total',
      help: 'Containers started, restarts included.',
      labelNames: ['namespace'],
    }),
    restarts: metrics.counter({
      name: 'drave_node_container_restarts_total',
      help: 'Containers started again after they had ended.',
      labelNames: ['namespace'],
    }),
    probeFailures: metrics.counter({
      name: 'drave_node_probe_failures_total',
      help: 'Probes that failed at a time when they count.',
      labelNames: ['type'],
    }),
    detachedClients: metrics.counter({
      name: 'drave_node_detached_clients_total',
      help: 'Clients attached to a container that were cut off because they did not read.',
    }),
    droppedLogBytes: metrics.counter({
      name: 'drave_node_log_dropped_bytes_total',
      help: 'Container output dropped because the disk did not take it in time.',
    }),
  }
}
