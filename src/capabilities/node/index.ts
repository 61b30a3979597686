import type { Capability } from '../../kernel/capability.ts'
import { nodeApi } from './api/node-api.ts'
import { commands } from './commands.ts'
import { podLogs } from './logs/pod-logs.ts'
import { agentOf } from './node-agent.ts'
import { kubelet } from './pod/kubelet.ts'
import { MAX_PODS } from './registration/host-facts.ts'
import { nodeService } from './registration/registration.ts'
import { podStreams } from './streams/pod-streams.ts'
import { ephemeralClaims } from './volumes/ephemeral-claims.ts'

export const node: Capability = {
  name: 'node',
  summary: 'Runs pods on this machine: processes and OCI images, probes, logs, volumes, service addresses',
  embeddedOnly: 'unless-named',
  settings: [
    { name: 'name', default: '', summary: 'The name of the Node; default: the name of the host' },
    {
      name: 'podCIDR',
      default: '',
      summary:
        'The network of which pods get addresses, given to this machine as root; default: loopback addresses, which another cluster refuses',
    },
    {
      name: 'runtime',
      default: 'process',
      summary: 'What runs pods without a runtimeClassName: process, or oci where the system can',
    },
    {
      name: 'ociEngine',
      default: '',
      summary:
        'The program behind the runtime class oci: runc, crun or bwrap, or the path of one; default: the first there is',
    },
    {
      name: 'onRestart',
      default: 'adopt',
      summary: 'What becomes of pods that run on when Drave was killed: adopt, or restart',
    },
    {
      name: 'defaultRegistry',
      default: 'docker.io',
      summary: 'Where images without a registry in their name are pulled from; empty: nowhere',
    },
    {
      name: 'registryMirrors',
      default: {},
      summary: 'Lists of base URLs to ask before a registry, by its host',
    },
    { name: 'parallelPulls', default: 3, summary: 'Images that are pulled at once' },
    {
      name: 'imageHighBytes',
      default: 20 * 2 ** 30,
      summary: 'Size of all images above which unused ones from registries are removed',
    },
    { name: 'imageLowBytes', default: 16 * 2 ** 30, summary: 'Size down to which they are removed' },
    { name: 'maxPods', default: MAX_PODS, summary: 'How many pods this node takes' },
    { name: 'logFileBytes', default: 10_485_760, summary: 'Size at which a container log is rotated' },
    { name: 'usageIntervalSeconds', default: 15, summary: 'How often the use of CPU and memory is measured' },
    { name: 'logFiles', default: 5, summary: 'Log files kept of one run of a container' },
  ],
  services: kernel => [
    nodeService(kernel, agentOf(kernel)),
    agentOf(kernel).usage.service(),
    agentOf(kernel).proxy.service(),
  ],
  controllers: kernel => [
    kubelet(kernel, agentOf(kernel)),
    ephemeralClaims(kernel),
    agentOf(kernel).proxy.controller(),
  ],
  provides: kernel => ({
    podLogs: podLogs(agentOf(kernel).logs, kernel.clock),
    podStreams: podStreams(agentOf(kernel)),
    nodeApi: nodeApi(kernel, agentOf(kernel)),
    podMetrics: agentOf(kernel).usage,
  }),
  commands,
}
