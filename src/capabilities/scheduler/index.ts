import type { Capability } from '../../kernel/capability.ts'
import { scheduler as schedulerController } from './scheduler.ts'

export const scheduler: Capability = {
  name: 'scheduler',
  summary: 'Gives pods their nodes: resources, affinity, spreading, taints, priorities and preemption',
  embeddedOnly: 'unless-named',
  settings: [
    {
      name: 'percentageOfNodesToScore',
      default: 0,
      summary: 'Percent of the nodes to find before the search for one ends; 0: by the number of nodes',
    },
  ],
  provides: () => ({ scheduler: true }),
  controllers: kernel => [schedulerController(kernel)],
}
