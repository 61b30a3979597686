import { READ, resolving } from '../../kernel/access.ts'
import { ReplicaSet } from '../../kube/generated/apps-v1.ts'
import { Pod, Secret, Service } from '../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import { HttpRoute } from './kinds/http-route.ts'
import type { Capability } from '../../kernel/capability.ts'
import { abort } from './commands/abort.ts'
import { get } from './commands/get.ts'
import { list } from './commands/list.ts'
import { promote } from './commands/promote.ts'
import { retry } from './commands/retry.ts'
import { analysisRunController } from './controllers/analysis-run.ts'
import { rolloutController } from './controllers/rollout.ts'
import { AnalysisRun } from './kinds/generated/analysis-run.ts'
import { AnalysisTemplate } from './kinds/generated/analysis-template.ts'
import { ClusterAnalysisTemplate } from './kinds/generated/cluster-analysis-template.ts'
import { Rollout } from './kinds/generated/rollout.ts'

/** Canary rollouts judged by analyses, as Argo Rollouts does them. */
export const rollouts: Capability = {
  name: 'rollouts',
  summary: 'Canary updates that move traffic step by step and take it back by themselves (Argo Rollouts)',
  kinds: [
    { kind: Rollout, definition: 'rollouts.argoproj.io' },
    { kind: AnalysisRun, definition: 'analysisruns.argoproj.io' },
    { kind: AnalysisTemplate, definition: 'analysistemplates.argoproj.io' },
    { kind: ClusterAnalysisTemplate, definition: 'clusteranalysistemplates.argoproj.io' },
  ],
  access: [
    { kinds: [Rollout], verbs: [...READ, 'update', 'patch'] },
    { kinds: [Rollout], subresource: 'status', verbs: ['update', 'patch'] },
    // For API servers that ask for it before an owner's deletion may be blocked.
    { kinds: [Rollout], subresource: 'finalizers', verbs: ['update'] },
    { kinds: [AnalysisRun], verbs: [...READ, 'create', 'patch', 'delete'] },
    { kinds: [AnalysisTemplate, ClusterAnalysisTemplate, EndpointSlice], verbs: READ },
    { kinds: [ReplicaSet], verbs: [...READ, 'create', 'patch', 'delete'] },
    { kinds: [Pod], verbs: [...READ, 'delete'] },
    { kinds: [Service], verbs: [...READ, 'patch'] },
    { kinds: [HttpRoute], verbs: [...READ, 'update'] },
    { kinds: [Secret], verbs: ['get'] },
    resolving,
  ],
  settings: [
    {
      name: 'prometheus.address',
      default: '',
      summary: 'URL of the Prometheus that metrics without an address ask; empty for the embedded one',
    },
  ],
  commands: [list, get, promote, abort, retry],
  controllers: kernel => [rolloutController(kernel), analysisRunController(kernel)],
}
