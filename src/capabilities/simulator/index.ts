import type { Capability } from '../../kernel/capability.ts'
import { nodeController } from './node-controller.ts'
import { podController } from './pod-controller.ts'
import { simulatedUsage } from './simulated-usage.ts'
import { simulatedNodes } from './simulated-nodes.ts'

export const simulator: Capability = {
  name: 'simulator',
  summary: 'Acts out nodes, and pods of the runtime class fake, for tests of scheduling and scale',
  embeddedOnly: 'unless-named',
  settings: [
    {
      name: 'nodes',
      default: 0,
      summary: 'How many simulated nodes there are beside this machine',
      flag: { name: 'nodes', value: 'COUNT' },
    },
    { name: 'zones', default: 3, summary: 'Over how many zones they are spread' },
    { name: 'cpu', default: '32', summary: 'CPUs of each' },
    { name: 'memory', default: '256Gi', summary: 'Memory of each' },
    { name: 'storage', default: '1Ti', summary: 'Ephemeral storage of each' },
    { name: 'pods', default: '110', summary: 'Pods that each takes' },
    {
      name: 'taint',
      default: false,
      summary: 'Taint them, so that only pods that tolerate kwok.x-k8s.io/node=fake go there',
    },
  ],
  services: kernel => [simulatedNodes(kernel)],
  provides: kernel => ({ simulatedMetrics: simulatedUsage(kernel) }),
  controllers: kernel => [nodeController(kernel), podController(kernel)],
}
