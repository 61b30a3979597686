import type { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'

export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index'

/** The name before the ordinal and the ordinal of a pod's name; -1 where it has none. */
export function parseOrdinal(name: string): { parent: string; ordinal: number } {
  const match = /^(.*)-(\d+)$/.exec(name)
  return match ? { parent: match[1] ?? '', ordinal: Number(match[2]) } : { parent: '', ordinal: -1 }
}

export const ordinalOf = (pod: Pod): number => parseOrdinal(pod.metadata.name).ordinal

export const startOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0

export const wantedReplicas = ({ spec }: StatefulSet): number => spec.replicas ?? 1

export const isInRange = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= startOrdinal(set) && ordinal < startOrdinal(set) + wantedReplicas(set)

export const isMemberName = (set: StatefulSet, name: string): boolean =>
  parseOrdinal(name).parent === set.metadata.name

/** The labels that make a pod this ordinal of its set. */
export const identityLabels = (podName: string, ordinal: number): Record<string, string> => ({
  [POD_NAME_LABEL]: podName,
  [POD_INDEX_LABEL]: String(ordinal),
})
