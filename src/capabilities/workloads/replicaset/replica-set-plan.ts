import type { Pod } from '../../../kube/generated/core-v1.ts'
import { byDeletionOrder, type Crowding } from './deletion-rank.ts'

/** At most so many pods are created or deleted in one go, as upstream's BurstReplicas. */
const BURST = 500

export type Plan =
  | { kind: 'keep' }
  | { kind: 'create'; count: number }
  | { kind: 'delete'; pods: readonly Pod[] }

/** What brings the active pods to the wanted number. Where they crowd is looked at only when some are too many. */
export function planReplicas(
  active: readonly Pod[],
  wanted: number,
  { crowding, now }: { crowding: () => Crowding; now: number },
): Plan {
  const missing = wanted - active.length
  if (missing > 0) return { kind: 'create', count: Math.min(missing, BURST) }
  if (missing < 0)
    return {
      kind: 'delete',
      pods: byDeletionOrder(active, crowding(), now).slice(0, Math.min(-missing, BURST)),
    }
  return { kind: 'keep' }
}
