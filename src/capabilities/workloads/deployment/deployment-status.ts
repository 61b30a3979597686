import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { type Conditions, conditionOf, withCondition, without } from './conditions.ts'
import type { Generations } from './revisions.ts'
import { boundsOf, wantedReplicas } from './rolling-update.ts'

/** The numbers and the Available and ReplicaFailure conditions that the ReplicaSets add up to. */
export function deploymentStatus(
  deployment: Deployment,
  { fresh, old }: Generations,
  now: number,
): DeploymentStatus {
  const all = fresh ? [...old, fresh] : old
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas') =>
    all.reduce((total, { status }) => total + (status?.[field] ?? 0), 0)
  const wanted = all.reduce((total, replicaSet) => total + wantedReplicas(replicaSet), 0)
  const available = sum('availableReplicas')
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sum('replicas'),
    updatedReplicas: fresh?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    terminatingReplicas: sum('terminatingReplicas'),
    collisionCount: deployment.status?.collisionCount,
    conditions: [...replicaFailure(availability(deployment, available, now), all, now)],
  }
}

function availability(deployment: Deployment, available: number, now: number): Conditions {
  const conditions = deployment.status?.conditions ?? []
  const isEnough = available >= wantedReplicas(deployment) - boundsOf(deployment).maxUnavailable
  return withCondition(
    conditions,
    isEnough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  )
}

/** Passes on the API's refusal that a ReplicaSet met. */
function replicaFailure(conditions: Conditions, all: readonly ReplicaSet[], now: number): Conditions {
  for (const replicaSet of all) {
    const failure = replicaSet.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    if (!failure) continue
    const current = conditionOf(conditions, 'ReplicaFailure')
    if (current?.reason === failure.reason && current?.message === failure.message) return conditions
    const { status, reason, message } = failure
    return withCondition(
      without(conditions, 'ReplicaFailure'),
      { type: 'ReplicaFailure', status, reason, message },
      now,
    )
  }
  return without(conditions, 'ReplicaFailure')
}
