import type { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { scaledValue } from '../../../kube/int-or-string.ts'
import { isPodAvailable, isPodReady } from '../../../kube/pod.ts'
import { REVISION_HASH } from '../history/controller-revision.ts'
import { storageMatches } from './claims.ts'
import {
  isInRange,
  isMemberName,
  ordinalOf,
  POD_NAME_LABEL,
  startOrdinal,
  wantedReplicas,
} from './identity.ts'

/** One thing to do; in ordered sets a plan has at most one creation or deletion. */
export type StatefulStep =
  | { kind: 'create'; ordinal: number; revision: 'current' | 'update' }
  | { kind: 'delete'; pod: Pod; isUpdate: boolean }
  /** A pending pod may wait for claims that somebody deleted. */
  | { kind: 'ensure-claims'; pod: Pod }
  /** Labels or volumes of the pod are not those of its ordinal. */
  | { kind: 'repair'; pod: Pod }
  /** The owners of the claims of a pod that runs, or is condemned, must follow the retention policy. */
  | { kind: 'retain-claims'; pod: Pod }

export interface StatefulView {
  pods: readonly Pod[]
  updateRevision: string
  now: number
}

/**
 * What a StatefulSet does next, as upstream's updateStatefulSet: replicas in ordinal order first, then surplus pods
 * from the highest ordinal, then the update. An ordered set goes on only when everything before is available.
 */
export function planStatefulSet(set: StatefulSet, view: StatefulView): StatefulStep[] {
  const steps: StatefulStep[] = []
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel'
  const byOrdinal = new Map(view.pods.map(pod => [ordinalOf(pod), pod]))
  const start = startOrdinal(set)
  const ordinals = Array.from({ length: wantedReplicas(set) }, (_, index) => start + index)
  let isBlocked = false
  for (const ordinal of ordinals) {
    const { step, blocks } = replicaStep(set, byOrdinal.get(ordinal), { ordinal, isOrdered, now: view.now })
    if (step) steps.push(step)
    if (blocks) isBlocked = true
    if (blocks && isOrdered) return steps
  }
  const condemned = view.pods
    .filter(pod => ordinalOf(pod) >= 0 && !isInRange(set, ordinalOf(pod)))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a))
  for (const pod of condemned) steps.push({ kind: 'retain-claims', pod })
  const first = firstUnavailable(
    set,
    [...ordinals.map(ordinal => byOrdinal.get(ordinal)), ...[...condemned].reverse()],
    view.now,
  )
  for (const pod of condemned) {
    if (!pod.metadata.deletionTimestamp) {
      const mayGo = !isOrdered || pod === first || isAvailable(set, pod, view.now)
      if (mayGo) steps.push({ kind: 'delete', pod, isUpdate: false })
    }
    if (isOrdered) return steps
  }
  if (isBlocked || set.spec.updateStrategy?.type === 'OnDelete') return steps
  const replicas = ordinals.map(ordinal => byOrdinal.get(ordinal))
  return [...steps, ...updateSteps(set, replicas, view)]
}

/** What one replica needs, and whether an ordered set has to wait for it. */
function replicaStep(
  set: StatefulSet,
  pod: Pod | undefined,
  { ordinal, isOrdered, now }: { ordinal: number; isOrdered: boolean; now: number },
): { step?: StatefulStep; blocks: boolean } {
  if (!pod) return { step: { kind: 'create', ordinal, revision: revisionFor(set, ordinal) }, blocks: true }
  const phase = pod.status?.phase
  if (phase === 'Failed' || phase === 'Succeeded')
    return pod.metadata.deletionTimestamp
      ? { blocks: true }
      : { step: { kind: 'delete', pod, isUpdate: false }, blocks: true }
  if (phase === 'Pending') {
    const step: StatefulStep = { kind: 'ensure-claims', pod }
    return { step, blocks: isOrdered }
  }
  if (isOrdered && (pod.metadata.deletionTimestamp || !isAvailable(set, pod, now))) return { blocks: true }
  const isIdentified =
    isMemberName(set, pod.metadata.name) && pod.metadata.labels?.[POD_NAME_LABEL] === pod.metadata.name
  if (isIdentified && storageMatches(set, pod.spec, ordinal))
    return { step: { kind: 'retain-claims', pod }, blocks: false }
  return { step: { kind: 'repair', pod }, blocks: false }
}

/** Below the partition a missing pod comes back in the current revision, above it in the update's. */
function revisionFor(set: StatefulSet, ordinal: number): 'current' | 'update' {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  if (type !== 'RollingUpdate' && !rollingUpdate) return 'update'
  const below = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0)
  return ordinal < startOrdinal(set) + below ? 'current' : 'update'
}

function updateSteps(
  set: StatefulSet,
  replicas: readonly (Pod | undefined)[],
  { updateRevision, now }: StatefulView,
): StatefulStep[] {
  const { partition = 0, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {}
  const isOutdated = (pod: Pod) => pod.metadata.labels?.[REVISION_HASH] !== updateRevision
  const candidates = replicas.slice(partition).reverse()
  if (maxUnavailable !== undefined) {
    // Rounded down, but never less than one, as upstream's getStatefulSetMaxUnavailable.
    const allowed = Math.max(1, scaledValue(maxUnavailable, replicas.length, 'down'))
    const unavailable = replicas.filter(pod => isUnavailable(set, pod, now)).length
    return candidates
      .filter(pod => pod !== undefined)
      .filter(pod => isOutdated(pod) && !pod.metadata.deletionTimestamp)
      .slice(0, Math.max(0, allowed - unavailable))
      .map(pod => ({ kind: 'delete', pod, isUpdate: true }))
  }
  for (const pod of candidates) {
    if (pod && isOutdated(pod) && !pod.metadata.deletionTimestamp)
      return [{ kind: 'delete', pod, isUpdate: true }]
    if (isUnavailable(set, pod, now)) return []
  }
  return []
}

const isAvailable = (set: StatefulSet, pod: Pod, now: number): boolean =>
  pod.status?.phase === 'Running' &&
  isPodReady(pod) &&
  isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)

const isUnavailable = (set: StatefulSet, pod: Pod | undefined, now: number): boolean =>
  !pod ||
  pod.metadata.deletionTimestamp !== undefined ||
  !isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)

const firstUnavailable = (
  set: StatefulSet,
  pods: readonly (Pod | undefined)[],
  now: number,
): Pod | undefined => pods.find(pod => isUnavailable(set, pod, now))
