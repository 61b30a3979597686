import type { Deployment, ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { boundsOf, wantedReplicas } from './rolling-update.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'

/** Annotations of the Deployment that its ReplicaSets do not inherit. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
])
/** Upstream keeps the history of a ReplicaSet's earlier revisions to so many characters. */
const MAX_HISTORY = 2000

type Annotations = Record<string, string>

/** Of 64 bits, as upstream: somebody may begin with a large one. */
export const revisionOf = (object: Deployment | ReplicaSet): bigint =>
  revisionIn(object.metadata.annotations?.[REVISION])

const revisionIn = (text = ''): bigint => (/^\d+$/.test(text) ? BigInt(text) : 0n)

/** What says how large the whole was meant to be when a ReplicaSet was last sized: proportional scaling needs it. */
export const sizeAnnotations = (deployment: Deployment): Annotations => ({
  [DESIRED_REPLICAS]: String(wantedReplicas(deployment)),
  [MAX_REPLICAS]: String(
    wantedReplicas(deployment) === 0 ? 0 : wantedReplicas(deployment) + boundsOf(deployment).maxSurge,
  ),
})

/** The annotations of the new ReplicaSet: the Deployment's own, and its place in the history. */
export function newAnnotations(
  deployment: Deployment,
  current: Annotations | undefined,
  revision: bigint,
): Annotations {
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !NOT_COPIED.has(key),
  )
  const annotations = { ...current, ...Object.fromEntries(inherited) }
  const known = current?.[REVISION]
  if (revisionIn(known) < revision) {
    annotations[REVISION] = String(revision)
    if (known !== undefined) {
      const history = annotations[REVISION_HISTORY]
      const extended = history ? `${history},${known}` : known
      annotations[REVISION_HISTORY] = extended.length > MAX_HISTORY ? trimmed(extended) : extended
    }
  }
  return { ...sizeAnnotations(deployment), ...annotations }
}

/** Forgets the oldest revisions. */
function trimmed(history: string): string {
  const tail = history.slice(history.length - MAX_HISTORY)
  return tail.slice(tail.indexOf(',') + 1)
}
