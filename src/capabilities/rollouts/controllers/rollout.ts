import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf, ownedBy } from '../../../kernel/controller.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { ArgumentError } from '../analysis/arguments.ts'
import { stepsOf } from '../canary/steps.ts'
import { invalidStatus } from '../invalid-spec.ts'
import { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import { AnalysisTemplate } from '../kinds/generated/analysis-template.ts'
import { ClusterAnalysisTemplate } from '../kinds/generated/cluster-analysis-template.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { HttpRoute } from '../kinds/http-route.ts'
import { planRollout } from '../rollout-step.ts'
import { canaryOf } from '../spec-defaults.ts'
import { type SpecProblem, specProblems } from '../validate-spec.ts'
import { act, sameJson } from './act.ts'
import { observe, SLICES_BY_SERVICE, serviceOfSlice } from './observe.ts'
import { rolloutsNaming } from './references.ts'
import { restartingOwner } from './restarting.ts'
import { draftRun } from './run-draft.ts'
import { SettledSince } from './settled-since.ts'

/** Rolls out Rollouts: what wakes it, and the way from an observation over a plan to its effects. */
export function rolloutController(kernel: Kernel): Controller {
  const { clock, informers } = kernel
  const settled = new SettledSince(clock)
  const naming = rolloutsNaming(kernel)
  informers.for(EndpointSlice).addIndex(SLICES_BY_SERVICE, slice => {
    const service = serviceOfSlice(slice)
    return service === undefined ? [] : [`${slice.metadata.namespace}/${service}`]
  })

  return {
    name: 'rollout',
    watches: [
      objectsOf(Rollout),
      ownedBy(Rollout, ReplicaSet),
      ownedBy(Rollout, AnalysisRun),
      mappedFrom(Service, ({ metadata }) => naming('Service', metadata.namespace, metadata.name)),
      mappedFrom(EndpointSlice, slice =>
        naming('Service', slice.metadata.namespace, serviceOfSlice(slice) ?? ''),
      ),
      mappedFrom(AnalysisTemplate, ({ metadata }) =>
        naming('AnalysisTemplate', metadata.namespace, metadata.name),
      ),
      mappedFrom(ClusterAnalysisTemplate, ({ metadata }) =>
        naming('ClusterAnalysisTemplate', undefined, metadata.name),
      ),
      mappedFrom(Pod, restartingOwner(kernel)),
    ],
    // Not among the watches, because a cluster may lack the Gateway API.
    wakes: wake =>
      informers.for(HttpRoute).onChange(({ object: { metadata } }) => {
        for (const key of naming('HTTPRoute', metadata.namespace, metadata.name)) wake(key)
      }),
    async reconcile(key) {
      const rollout = informers.for(Rollout).get(key)
      if (!rollout) return
      if (rollout.metadata.deletionTimestamp) {
        settled.forget(rollout.metadata.uid)
        return
      }
      const problems = specProblems(rollout)
      if (problems.length > 0) return refuse(kernel, rollout, problems)
      const around = await observe(kernel, rollout, settled)
      const missing = [...around.problems, ...analysisProblems(kernel, rollout, around.observed.hash)]
      if (missing.length > 0) return refuse(kernel, rollout, missing)
      const plan = planRollout(around.observed)
      await act(kernel, around, plan)
      const timeMs = plan.wakeAtMs === undefined ? undefined : Math.max(1, plan.wakeAtMs - clock.now())
      const waits = [timeMs, around.settlesInMs].filter(ms => ms !== undefined)
      return waits.length > 0 ? { after: Math.min(...waits) } : undefined
    },
  }
}

async function refuse(kernel: Kernel, rollout: Rollout, problems: readonly SpecProblem[]): Promise<void> {
  const status = invalidStatus(rollout, problems, kernel.clock.now())
  if (sameJson(rollout.status ?? {}, status)) return
  await kernel.client.update(Rollout, { ...rollout, status }, { subresource: 'status' })
  kernel.events.record(rollout, {
    type: 'Warning',
    reason: 'InvalidSpec',
    message: status.message ?? 'InvalidSpec',
    component: 'rollouts-controller',
  })
}

/** Every analysis is put together before the update starts, so that a missing template does not stop it halfway. */
function analysisProblems(kernel: Kernel, rollout: Rollout, hash: string): SpecProblem[] {
  const path = 'spec.strategy.canary'
  const analyses = [
    { field: `${path}.analysis`, type: 'Background' as const, analysis: canaryOf(rollout).analysis },
    ...stepsOf(rollout).map((step, index) => ({
      field: `${path}.steps[${index}].analysis`,
      type: 'Step' as const,
      analysis: step.analysis,
    })),
  ]
  return analyses.flatMap(({ field, type, analysis }) => {
    if (!analysis) return []
    try {
      const request = { type, analysis, name: rollout.metadata.name, index: undefined }
      draftRun(kernel, request, { rollout, hash, stableHash: rollout.status?.stableRS ?? '', revision: 0 })
      return []
    } catch (error) {
      if (error instanceof ArgumentError) return [{ field, message: error.message }]
      throw error
    }
  })
}
