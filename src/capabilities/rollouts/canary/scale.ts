import type { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Rollout, RolloutStatus } from '../kinds/generated/rollout.ts'
import { countsOf, deadlineOf, hashOf, type Observed, revisionOf } from '../observed.ts'
import {
  abortScaleDownDelayMs,
  canaryOf,
  fencepostsOf,
  replicasOf,
  scaleDownDelayMs,
  totalWeightOf,
} from '../spec-defaults.ts'
import {
  basicCanaryScale,
  basicTarget,
  routedCanaryScale,
  type Scale,
  shrinkOlder,
} from './replica-counts.ts'
import { canaryScaleOf, setWeightOf } from './steps.ts'

export type Stage = 'first' | 'updating' | 'aborted' | 'promoted'

/** The size a ReplicaSet should have now; `deadlineMs` says until when it is kept, null that nothing ends it. */
export interface ScaleTarget {
  replicaSet: ReplicaSet
  replicas: number
  deadlineMs: number | null
}

export interface ScalePlan {
  /** The canary's size, also where its ReplicaSet does not exist yet. */
  canary: number
  targets: ScaleTarget[]
  /** When a kept ReplicaSet may go. */
  wakeAtMs: number | undefined
}

/** The weight that decides about pods: all of it once promoted or first, none when aborted. */
export function weightFor(rollout: Rollout, status: RolloutStatus, stage: Stage): number {
  if (stage === 'aborted') return 0
  return stage === 'updating' ? setWeightOf(rollout, status) : totalWeightOf(rollout)
}

const basicInput = (observed: Observed, weight: number) => ({
  replicas: replicasOf(observed.rollout),
  weight,
  totalWeight: totalWeightOf(observed.rollout),
  ...fencepostsOf(observed.rollout),
  canary: countsOf(observed.canary),
  stable: observed.stable && observed.stable !== observed.canary ? countsOf(observed.stable) : undefined,
  older: observed.older.map(countsOf),
})

const routedInput = (observed: Observed, status: RolloutStatus, weight: number) => ({
  replicas: replicasOf(observed.rollout),
  weight,
  totalWeight: totalWeightOf(observed.rollout),
  currentWeight: observed.traffic?.weight ?? 0,
  minPods: canaryOf(observed.rollout).minPodsPerReplicaSet ?? 1,
  scale: canaryScaleOf(observed.rollout, status),
  dynamicStableScale: canaryOf(observed.rollout).dynamicStableScale ?? false,
})

/** The counts that the current step heads for, which have to be there before it is done. */
export function targetScale(observed: Observed, status: RolloutStatus, stage: Stage): Scale {
  const weight = weightFor(observed.rollout, status, stage)
  if (!observed.traffic) return basicTarget(basicInput(observed, weight))
  if (stage === 'first' || stage === 'promoted')
    return { canary: replicasOf(observed.rollout), stable: replicasOf(observed.rollout) }
  return routedCanaryScale({ ...routedInput(observed, status, weight), currentWeight: 0 })
}

/** The pods that the current step asks for are available, of the canary and of the stable. */
export function hasEnoughPods(observed: Observed, status: RolloutStatus, stage: Stage): boolean {
  const target = targetScale(observed, status, stage)
  const threshold = canaryOf(observed.rollout).replicaProgressThreshold
  let needed = target.canary
  if (threshold && needed < replicasOf(observed.rollout))
    needed =
      threshold.type === 'Percent'
        ? Math.ceil((needed * threshold.value) / 100)
        : Math.min(needed, threshold.value)
  const [canary, stable] = [countsOf(observed.canary), countsOf(observed.stable)]
  if (canary.available < needed) return false
  return stable.available >= target.stable || canaryOf(observed.rollout).dynamicStableScale === true
}

/** How large each ReplicaSet should be now. */
export function planScale(observed: Observed, status: RolloutStatus, stage: Stage): ScalePlan {
  return observed.traffic ? planRouted(observed, status, stage) : planBasic(observed, status, stage)
}

function planBasic(observed: Observed, status: RolloutStatus, stage: Stage): ScalePlan {
  const { rollout, canary, stable, older } = observed
  const scale = basicCanaryScale(basicInput(observed, weightFor(rollout, status, stage)))
  const { maxUnavailable } = fencepostsOf(rollout)
  const all = [canary, stable === canary ? undefined : stable, ...older].map(countsOf)
  const shrunk = shrinkOlder(older.map(countsOf), {
    available: all.reduce((sum, counts) => sum + counts.available, 0),
    minAvailable: replicasOf(rollout) - maxUnavailable,
  })
  const targets: ScaleTarget[] = older.map((replicaSet, index) => ({
    replicaSet,
    replicas: shrunk[index] ?? 0,
    deadlineMs: null,
  }))
  if (canary) targets.push({ replicaSet: canary, replicas: scale.canary, deadlineMs: null })
  if (stable && stable !== canary)
    targets.push({ replicaSet: stable, replicas: scale.stable, deadlineMs: null })
  return { canary: scale.canary, targets, wakeAtMs: undefined }
}

function planRouted(observed: Observed, status: RolloutStatus, stage: Stage): ScalePlan {
  const { rollout, canary, stable } = observed
  const weight = weightFor(rollout, status, stage)
  const scale = routedCanaryScale(routedInput(observed, status, weight))
  const full = replicasOf(rollout)
  const targets: ScaleTarget[] = keptOlder(observed)
  const canaryReplicas = stage === 'first' || stage === 'promoted' ? full : scale.canary
  if (stage === 'aborted' && canary) targets.push(abortedCanary(observed, canary))
  else if (canary) targets.push({ replicaSet: canary, replicas: canaryReplicas, deadlineMs: null })
  if (stable && stable !== canary)
    targets.push({ replicaSet: stable, replicas: scale.stable, deadlineMs: null })
  const deadlines = targets.flatMap(({ replicas, deadlineMs }) =>
    deadlineMs === null || replicas === 0 ? [] : [deadlineMs],
  )
  return {
    canary: canaryReplicas,
    targets,
    wakeAtMs: deadlines.length > 0 ? Math.min(...deadlines) : undefined,
  }
}

/** An aborted canary stays for its delay, so that requests in flight end and a retry is quick. */
function abortedCanary(observed: Observed, canary: ReplicaSet): ScaleTarget {
  const { replicas } = countsOf(canary)
  const delay = abortScaleDownDelayMs(observed.rollout)
  if (delay === undefined || replicas === 0) return { replicaSet: canary, replicas, deadlineMs: null }
  return untilDeadline(observed, canary, delay)
}

function untilDeadline(observed: Observed, replicaSet: ReplicaSet, delayMs: number): ScaleTarget {
  const { replicas } = countsOf(replicaSet)
  const deadlineMs = deadlineOf(replicaSet) ?? observed.nowMs + delayMs
  const isOver = observed.nowMs >= deadlineMs && !getsTraffic(observed, replicaSet)
  return isOver ? { replicaSet, replicas: 0, deadlineMs: null } : { replicaSet, replicas, deadlineMs }
}

/** Whether a Service that carries weight still selects the ReplicaSet, or may do so for gateways that lag. */
function getsTraffic({ traffic, rollout }: Observed, replicaSet: ReplicaSet): boolean {
  const hash = hashOf(replicaSet)
  const weight = traffic?.weight
  if (weight === undefined) return traffic?.stableSelected === hash || traffic?.canarySelected === hash
  return (
    (traffic?.stableSelected === hash && weight < totalWeightOf(rollout)) ||
    (traffic?.canarySelected === hash && weight > 0)
  )
}

/** Older ReplicaSets stay until their delay is over, the newest ones only where the number is limited. */
function keptOlder(observed: Observed): ScaleTarget[] {
  const limit = canaryOf(observed.rollout).scaleDownDelayRevisionLimit ?? Number.POSITIVE_INFINITY
  const alive = observed.older
    .filter(replicaSet => countsOf(replicaSet).replicas > 0)
    .toSorted((left, right) => revisionOf(right) - revisionOf(left))
  return alive.map((replicaSet, index) =>
    index >= limit && !getsTraffic(observed, replicaSet)
      ? { replicaSet, replicas: 0, deadlineMs: null }
      : untilDeadline(observed, replicaSet, scaleDownDelayMs(observed.rollout)),
  )
}
