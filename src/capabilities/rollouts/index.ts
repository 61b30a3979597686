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
