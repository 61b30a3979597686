import type { Kernel } from '../../../kernel/capability.ts'
import type { Draft } from '../../../kube/object.ts'
import { resolveArguments } from '../analysis/arguments.ts'
import { collectTemplates, composeRun, type FindTemplate } from '../analysis/compose.ts'
import type { RunRequest } from '../canary/runs.ts'
import type { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import { AnalysisTemplate } from '../kinds/generated/analysis-template.ts'
import { ClusterAnalysisTemplate } from '../kinds/generated/cluster-analysis-template.ts'
import type { Rollout } from '../kinds/generated/rollout.ts'
import { HASH_LABEL, REVISION, RUN_TYPE_LABEL, STEP_INDEX_LABEL } from '../names.ts'
import { controlledBy } from './replica-set-draft.ts'

export interface RunContext {
  rollout: Rollout
  hash: string
  stableHash: string
  revision: number
}

const finder = (kernel: Kernel, namespace: string): FindTemplate => {
  const [templates, clusterTemplates] = [
    kernel.informers.for(AnalysisTemplate),
    kernel.informers.for(ClusterAnalysisTemplate),
  ]
  return ({ name, clusterScope }) =>
    clusterScope ? clusterTemplates.get(name)?.spec : templates.get(`${namespace}/${name}`)?.spec
}

/** The AnalysisRun for a request. Throws ArgumentError where templates or arguments are missing. */
export function draftRun(kernel: Kernel, request: RunRequest, context: RunContext): Draft<AnalysisRun> {
  const { rollout, hash, stableHash, revision } = context
  const namespace = rollout.metadata.namespace ?? 'default'
  const { analysis } = request
  const templates = collectTemplates(analysis.templates ?? [], finder(kernel, namespace))
  const args = resolveArguments(analysis.args ?? [], { rollout, latestHash: hash, stableHash })
  return {
    metadata: {
      name: request.name,
      namespace,
      labels: {
        ...analysis.analysisRunMetadata?.labels,
        ...rollout.spec.selector?.matchLabels,
        [HASH_LABEL]: hash,
        [RUN_TYPE_LABEL]: request.type,
        ...(request.index === undefined ? {} : { [STEP_INDEX_LABEL]: String(request.index) }),
      },
      annotations: { ...analysis.analysisRunMetadata?.annotations, [REVISION]: String(revision) },
      ownerReferences: [controlledBy(rollout)],
    },
    spec: composeRun(templates, {
      args,
      dryRun: analysis.dryRun,
      measurementRetention: analysis.measurementRetention,
    }),
  }
}
