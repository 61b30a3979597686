import { publishing, READ } from '../../kernel/access.ts'
import { Pod } from '../../kube/generated/core-v1.ts'
import type { Capability } from '../../kernel/capability.ts'
import { metricsService } from './service.ts'
import { settings } from './settings.ts'

/** Scrapes, keeps and answers for metrics, in place of a Prometheus. */
export const metrics: Capability = {
  name: 'metrics',
  summary: 'scrapes pods and this process, keeps the samples, and answers the Prometheus HTTP API',
  access: [{ kinds: [Pod], verbs: READ }, publishing],
  listeners: [{ name: 'prometheus', defaultPort: 9090, summary: 'the Prometheus HTTP API' }],
  settings,
  services: kernel => [metricsService(kernel)],
}
