import type { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { revisionOf } from './annotations.ts'
import { byAge, wantedReplicas } from './rolling-update.ts'
import { isSameTemplate } from './template-hash.ts'

export interface Generations {
  /** The ReplicaSet of the current template; of several the oldest, as upstream. */
  fresh: ReplicaSet | undefined
  old: readonly ReplicaSet[]
}

export function splitGenerations(deployment: Deployment, replicaSets: readonly ReplicaSet[]): Generations {
  const fresh = [...replicaSets]
    .sort(byAge)
    .find(({ spec }) => isSameTemplate(spec.template, deployment.spec.template))
  return { fresh, old: replicaSets.filter(replicaSet => replicaSet !== fresh) }
}

/** The revision of the current template: one above all others. */
export const nextRevision = (old: readonly ReplicaSet[]): bigint =>
  old.map(revisionOf).reduce((most, revision) => (revision > most ? revision : most), 0n) + 1n

/** Old, empty ReplicaSets beyond the history limit, oldest revision first. */
export function beyondHistory(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp)
  return alive
    .sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byAge(a, b))
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      replicaSet =>
        wantedReplicas(replicaSet) === 0 &&
        (replicaSet.status?.replicas ?? 0) === 0 &&
        (replicaSet.metadata.generation ?? 0) <= (replicaSet.status?.observedGeneration ?? 0),
    )
}
