import type { Client } from '../../../kernel/client.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { isExpired } from '../../../kube/status.ts'
import { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import { Rollout } from '../kinds/generated/rollout.ts'
import type { RolloutObjects } from './rollout-view.ts'

/** Reads a Rollout and what belongs to it. */
export async function readObjects(
  client: Client,
  { name, namespace }: { name: string; namespace: string },
): Promise<RolloutObjects> {
  const rollout = await client.get(Rollout, { name, namespace })
  const owned = <T extends KubeObject>(objects: readonly T[], uids: ReadonlySet<string>) =>
    objects.filter(object => object.metadata.ownerReferences?.some(({ uid }) => uids.has(uid)))
  const [replicaSets, pods, runs] = await Promise.all([
    client.list(ReplicaSet, { namespace }),
    client.list(Pod, { namespace }),
    client.list(AnalysisRun, { namespace }),
  ])
  const mine = new Set([rollout.metadata.uid])
  const sets = owned(replicaSets.items, mine)
  return {
    rollout,
    replicaSets: sets,
    pods: owned(pods.items, new Set(sets.map(({ metadata }) => metadata.uid))),
    runs: owned(runs.items, mine),
  }
}

/** Calls `changed` after every change of a kind that the view shows, until the signal aborts. */
export async function followChanges(
  client: Client,
  namespace: string,
  { changed, signal }: { changed(): Promise<void>; signal: AbortSignal },
): Promise<void> {
  const follow = async (kind: Kind): Promise<void> => {
    while (!signal.aborted) {
      const { resourceVersion } = await client.list(kind, { namespace, limit: 1 })
      try {
        for await (const event of client.watch(kind, { namespace, resourceVersion }, signal))
          if (event.type !== 'BOOKMARK') await changed()
      } catch (error) {
        // An expired position is listed again.
        if (!signal.aborted && !isExpired(error)) throw error
      }
    }
  }
  await Promise.all([Rollout, ReplicaSet, Pod, AnalysisRun].map(kind => follow(kind as Kind)))
}
