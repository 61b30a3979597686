import type { Rules } from './rules.ts'

/** The numbers of a status that are counted, and which of them cannot be more than which other. */
interface Counts {
  counts: readonly string[]
  /** `[less, more, how the message names more]`. */
  bounds: readonly (readonly [string, string, string])[]
  /** Numbers that never become less. */
  growing?: readonly string[]
}

const REPLICAS = ['replicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'] as const
const OF_ALL = (...names: readonly string[]) =>
  names.map(name => [name, 'replicas', 'status.replicas'] as const)

const SETS: Counts = {
  counts: [...REPLICAS, 'fullyLabeledReplicas', 'terminatingReplicas'],
  bounds: [
    ...OF_ALL('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
    ['availableReplicas', 'readyReplicas', 'readyReplicas'],
  ],
}

/** By group and kind, as kube-apiserver 1.36 checks them. */
const STATUSES: Readonly<Record<string, Counts>> = {
  '/ReplicationController': SETS,
  'apps/ReplicaSet': SETS,
  'apps/Deployment': {
    counts: [...REPLICAS, 'updatedReplicas', 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'],
    bounds: [
      ...OF_ALL('updatedReplicas', 'readyReplicas', 'availableReplicas'),
      ['availableReplicas', 'readyReplicas', 'readyReplicas'],
    ],
    growing: ['collisionCount'],
  },
  'apps/StatefulSet': {
    counts: [...REPLICAS, 'currentReplicas', 'updatedReplicas', 'collisionCount'],
    bounds: [
      ...OF_ALL('readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'),
      ['availableReplicas', 'readyReplicas', 'status.readyReplicas'],
    ],
    growing: ['collisionCount'],
  },
  'apps/DaemonSet': {
    counts: [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ],
    bounds: [],
    growing: ['collisionCount'],
  },
  'autoscaling/HorizontalPodAutoscaler': { counts: ['currentReplicas', 'desiredReplicas'], bounds: [] },
  'policy/PodDisruptionBudget': {
    counts: ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'],
    bounds: [],
  },
}

/** The numbers that a status counts pods by: none negative, none more than there are. */
export function checkReplicaStatus(
  rules: Rules,
  groupKind: string,
  { status, previous }: { status: object | undefined; previous: object | undefined },
): void {
  const known = STATUSES[groupKind]
  if (!known) return
  const numberIn =
    (from: object | undefined) =>
    (name: string): number => {
      const value: unknown = Object(from)[name]
      return typeof value === 'number' ? value : 0
    }
  const [now, then] = [numberIn(status), numberIn(previous)]
  for (const name of known.counts) rules.notNegative(`status.${name}`, now(name))
  for (const [less, more, said] of known.bounds)
    if (now(less) > now(more)) rules.invalid(`status.${less}`, now(less), [`cannot be greater than ${said}`])
  for (const name of known.growing ?? [])
    if (now(name) < then(name)) rules.invalid(`status.${name}`, now(name), ['cannot be decremented'])
}
