import type { Kernel } from '../../../kernel/capability.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { isAlreadyExists } from '../../../kube/status.ts'
import { toTime } from '../../../lib/clock.ts'
import type { ScaleTarget } from '../canary/scale.ts'
import { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import { HttpRoute } from '../kinds/http-route.ts'
import { DESIRED_REPLICAS, REVISION, SCALE_DOWN_DEADLINE } from '../names.ts'
import { revisionOf } from '../observed.ts'
import type { Plan, PlannedEvent } from '../rollout-plan.ts'
import { replicasOf, totalWeightOf } from '../spec-defaults.ts'
import { canaryWeight, withCanaryWeight } from '../traffic/http-route-weights.ts'
import { selectedHash, selectorPatch } from '../traffic/service-selector.ts'
import type { Surroundings } from './observe.ts'
import { draftReplicaSet } from './replica-set-draft.ts'
import { draftRun } from './run-draft.ts'

const COMPONENT = 'rollouts-controller'

/** Carries out a plan: traffic first, so that nobody waits for pods to be scaled; the status before what follows from it. */
export async function act(kernel: Kernel, around: Surroundings, plan: Plan): Promise<void> {
  const { rollout } = around.observed
  const record = (event: PlannedEvent) => kernel.events.record(rollout, { ...event, component: COMPONENT })
  await select(kernel, around.stableService, plan.selectors.stable, { rollout, record })
  await select(kernel, around.canaryService, plan.selectors.canary, { rollout, record })
  if (plan.weight !== undefined) await route(kernel, around, { weight: plan.weight, record })
  await writeStatus(kernel, rollout, plan)
  for (const event of plan.events) record(event)
  await runAnalyses(kernel, around, plan)
  await scaleReplicaSets(kernel, around, { plan, record })
  await syncRevision(kernel, around, plan)
  for (const pod of plan.restart) await kernel.client.delete(Pod, pod.metadata)
  for (const replicaSet of plan.remove) await kernel.client.delete(ReplicaSet, replicaSet.metadata)
}

interface Reporting {
  rollout: Rollout
  record(event: PlannedEvent): void
}

async function select(
  kernel: Kernel,
  service: Service | undefined,
  hash: string | undefined,
  { rollout, record }: Reporting,
): Promise<void> {
  const patch = service && hash !== undefined && selectorPatch(service, hash, rollout.metadata.name)
  if (!service || !patch) return
  await kernel.client.patch(Service, service.metadata, patch)
  const from = selectedHash(service) ?? ''
  if (from !== hash)
    record({
      type: 'Normal',
      reason: 'SwitchService',
      message: `Switched selector for service '${service.metadata.name}' from '${from}' to '${hash}'`,
    })
}

async function route(
  kernel: Kernel,
  { observed, routes, split }: Surroundings,
  { weight, record }: { weight: number; record(event: PlannedEvent): void },
): Promise<void> {
  const total = totalWeightOf(observed.rollout)
  const stale = split ? routes.filter(candidate => canaryWeight(candidate, split, total) !== weight) : []
  // The resourceVersion makes this fail when somebody changed the route since.
  for (const candidate of stale)
    if (split) await kernel.client.update(HttpRoute, withCanaryWeight(candidate, split, { weight, total }))
  const before = observed.rollout.status?.canary?.weights?.canary.weight
  if (stale.length > 0 && before !== weight)
    record({
      type: 'Normal',
      reason: 'TrafficWeightUpdated',
      message: `Traffic weight updated ${before === undefined ? '' : `from ${before} `}to ${weight}`,
    })
}

async function writeStatus(kernel: Kernel, rollout: Rollout, plan: Plan): Promise<void> {
  if (sameJson(rollout.status ?? {}, plan.status)) return
  // With its resourceVersion, so that an abort or promotion by a person in the meantime is not overwritten.
  await kernel.client.update(Rollout, { ...rollout, status: plan.status }, { subresource: 'status' })
}

/** Equal as JSON whatever the order of keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  const sorted = (value: unknown) =>
    JSON.stringify(value, (_key, item: unknown) =>
      item !== null && typeof item === 'object' && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    )
  return sorted(left) === sorted(right)
}

async function runAnalyses(
  kernel: Kernel,
  { observed }: Surroundings,
  { runs, revision }: Plan,
): Promise<void> {
  const { rollout, hash } = observed
  for (const run of runs.terminate)
    await kernel.client.patch(AnalysisRun, run.metadata, { spec: { terminate: true } })
  for (const request of runs.create) {
    const stableHash = rollout.status?.stableRS ?? ''
    const draft = draftRun(kernel, request, { rollout, hash, stableHash, revision })
    await kernel.client.create(AnalysisRun, draft).catch(unlessExists)
  }
  for (const run of runs.remove) await kernel.client.delete(AnalysisRun, run.metadata)
}

/** The informer had not shown yet what an earlier reconciliation created. */
function unlessExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}

async function scaleReplicaSets(
  kernel: Kernel,
  { observed }: Surroundings,
  { plan, record }: { plan: Plan; record(event: PlannedEvent): void },
): Promise<void> {
  const { rollout, hash } = observed
  if (plan.create !== undefined) {
    const draft = draftReplicaSet(rollout, { hash, replicas: plan.create, revision: plan.revision })
    await kernel.client.create(ReplicaSet, draft).then(
      () =>
        record({
          type: 'Normal',
          reason: 'NewReplicaSetCreated',
          message: `Created ReplicaSet ${draft.metadata.name} (revision ${plan.revision})`,
        }),
      unlessExists,
    )
  }
  for (const target of plan.scale) {
    const patch = scalePatch(rollout, target)
    if (!patch) continue
    const { replicaSet, replicas } = target
    await kernel.client.patch(ReplicaSet, replicaSet.metadata, patch)
    const before = replicaSet.spec.replicas ?? 0
    if (before !== replicas)
      record({
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: `Scaled ${replicas > before ? 'up' : 'down'} ReplicaSet ${replicaSet.metadata.name} (revision ${revisionOf(replicaSet)}) from ${before} to ${replicas}`,
      })
  }
}

/** The merge patch that gives a ReplicaSet its size and deadline, undefined when it has them. */
function scalePatch(rollout: Rollout, { replicaSet, replicas, deadlineMs }: ScaleTarget): object | undefined {
  const { annotations = {} } = replicaSet.metadata
  const desired = String(replicasOf(rollout))
  const deadline = deadlineMs === null ? null : toTime(deadlineMs)
  const minReadySeconds = rollout.spec.minReadySeconds ?? 0
  const isSame =
    (replicaSet.spec.replicas ?? 0) === replicas &&
    annotations[DESIRED_REPLICAS] === desired &&
    (annotations[SCALE_DOWN_DEADLINE] ?? null) === deadline &&
    (replicaSet.spec.minReadySeconds ?? 0) === minReadySeconds
  if (isSame) return undefined
  return {
    metadata: { annotations: { [DESIRED_REPLICAS]: desired, [SCALE_DOWN_DEADLINE]: deadline } },
    spec: { replicas, minReadySeconds },
  }
}

async function syncRevision(kernel: Kernel, { observed }: Surroundings, { revision }: Plan): Promise<void> {
  const { rollout, canary } = observed
  const patch = { metadata: { annotations: { [REVISION]: String(revision) } } }
  if (canary && revisionOf(canary) !== revision) await kernel.client.patch(ReplicaSet, canary.metadata, patch)
  if (revisionOf(rollout) !== revision) await kernel.client.patch(Rollout, rollout.metadata, patch)
}
