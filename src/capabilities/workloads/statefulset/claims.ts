import type { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { PersistentVolumeClaim, PodSpec, Volume } from '../../../kube/generated/core-v1.ts'
import type { Draft } from '../../../kube/object.ts'

/** The name of an ordinal's claim of a template. */
const claimName = (set: StatefulSet, template: string, ordinal: number): string =>
  `${template}-${set.metadata.name}-${ordinal}`

/** The names of the claims that an ordinal has, in the order of the templates. */
export const claimNames = (set: StatefulSet, ordinal: number): string[] =>
  (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => claimName(set, metadata.name, ordinal))

/** The claims of an ordinal as the templates want them, with the set's selector among their labels. */
export const draftClaims = (set: StatefulSet, ordinal: number): Draft<PersistentVolumeClaim>[] =>
  (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    metadata: {
      name: claimName(set, metadata.name, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      annotations: metadata.annotations,
      finalizers: metadata.finalizers,
    },
    spec,
  }))

/** The volumes of a pod: those of the claims take the place of namesakes in the template. */
export function volumesOf(set: StatefulSet, spec: PodSpec, ordinal: number): Volume[] {
  const claimed = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, metadata.name, ordinal) },
  }))
  const names = new Set(claimed.map(({ name }) => name))
  return [...claimed, ...(spec.volumes ?? []).filter(({ name }) => !names.has(name))]
}

/** Whether the pod mounts every claim of its ordinal. */
export const storageMatches = (set: StatefulSet, spec: PodSpec, ordinal: number): boolean =>
  (set.spec.volumeClaimTemplates ?? []).every(({ metadata }) =>
    spec.volumes?.some(
      ({ name, persistentVolumeClaim }) =>
        name === metadata.name && persistentVolumeClaim?.claimName === claimName(set, metadata.name, ordinal),
    ),
  )
