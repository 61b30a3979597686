import type { Deployment, DeploymentCondition } from '../../../kube/generated/apps-v1.ts'
import { toTime } from '../../../lib/clock.ts'

export type Conditions = readonly DeploymentCondition[]
type Condition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

export const conditionOf = (conditions: Conditions | undefined, type: string) =>
  conditions?.find(condition => condition.type === type)

export const without = (conditions: Conditions, type: string): Conditions =>
  conditions.filter(condition => condition.type !== type)

/** Sets a condition; one with the same status and reason stays as it is, the transition time follows the status. */
export function withCondition(conditions: Conditions, condition: Condition, now: number): Conditions {
  const current = conditionOf(conditions, condition.type)
  if (current?.status === condition.status && current.reason === condition.reason) return conditions
  return replaced(conditions, condition, now)
}

/** Sets a condition with a new update time even where its status and reason are the same. */
export function replaced(conditions: Conditions, condition: Condition, now: number): Conditions {
  const current = conditionOf(conditions, condition.type)
  const lastTransitionTime =
    current?.status === condition.status ? (current.lastTransitionTime ?? toTime(now)) : toTime(now)
  return [
    ...without(conditions, condition.type),
    { ...condition, lastUpdateTime: toTime(now), lastTransitionTime },
  ]
}

/** The API's default; 2^31-1 seconds means no deadline, as upstream's HasProgressDeadline. */
export const progressDeadlineSeconds = ({ spec }: Deployment): number => spec.progressDeadlineSeconds ?? 600

export const hasProgressDeadline = (deployment: Deployment): boolean =>
  progressDeadlineSeconds(deployment) !== 2 ** 31 - 1
