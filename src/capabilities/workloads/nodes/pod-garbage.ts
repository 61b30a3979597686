import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom } from '../../../kernel/controller.ts'
import { isConditionTrue } from '../../../kube/conditions.ts'
import { Node, Pod } from '../../../kube/generated/core-v1.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { disrupt } from './disrupt.ts'
import { indexByNode, ON_NODE } from './on-node.ts'

/** As --terminated-pod-gc-threshold. */
const MAX_ENDED = 12_500
/** A node that is gone may come back: upstream's quarantine and period. */
const QUARANTINE_MS = 40_000
const PERIOD_MS = 20_000
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'

const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** The pods beyond how many ended ones are kept: evicted ones first, then the oldest. */
export function surplusEnded(pods: readonly Pod[], max: number): Pod[] {
  const ended = pods.filter(hasEnded)
  if (ended.length <= max) return []
  const isEvicted = ({ status }: Pod) => status?.phase === 'Failed' && status.reason === 'Evicted'
  ended.sort(
    (a, b) =>
      Number(isEvicted(b)) - Number(isEvicted(a)) ||
      a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
      a.metadata.name.localeCompare(b.metadata.name),
  )
  return ended.slice(0, ended.length - max)
}

/** Removes pods that nobody else will: of nodes that are gone or given up, deleted before they had one, too many. */
export function podGarbageController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const nodes = informers.for(Node)
  const pods = informers.for(Pod)
  indexByNode(pods)
  /** Since when the node of a name has been missing, in elapsed time. */
  const missing = new Map<string, number>()

  async function removeAll(surplus: readonly Pod[]): Promise<void> {
    for (const { metadata } of surplus)
      await client
        .delete(Pod, metadata, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } })
        .catch(ignoreNotFound)
  }

  async function ofNode(name: string): Promise<number | undefined> {
    const orphans = pods.by(ON_NODE, name)
    const node = nodes.get(name)
    if (node) {
      missing.delete(name)
      const isGivenUp =
        !isConditionTrue(node.status?.conditions, 'Ready') &&
        node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE)
      if (isGivenUp) await removeAll(orphans.filter(({ metadata }) => metadata.deletionTimestamp))
      return undefined
    }
    if (orphans.length === 0) {
      missing.delete(name)
      return undefined
    }
    const since = missing.get(name) ?? clock.elapsed()
    missing.set(name, since)
    const left = since + QUARANTINE_MS - clock.elapsed()
    if (left > 0) return left
    if (await client.find(Node, { name })) return PERIOD_MS
    for (const pod of orphans)
      await disrupt(kernel, pod, {
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        isForced: true,
      })
    return PERIOD_MS
  }

  return {
    name: 'pod-garbage',
    // One key a node, and the empty one for pods without.
    watches: [
      mappedFrom(Node, ({ metadata }) => [metadata.name]),
      mappedFrom(Pod, pod => {
        const name = pod.spec.nodeName ?? ''
        const isOfInterest = name === '' ? pod.metadata.deletionTimestamp : !nodes.get(name)
        return isOfInterest || hasEnded(pod) ? [name] : []
      }),
    ],
    async reconcile(key) {
      if (key !== '') {
        const after = await ofNode(key)
        // Counting all is for the few times that one more has ended on a crowded cluster.
        if (pods.list().length > MAX_ENDED) await removeAll(surplusEnded(pods.list(), MAX_ENDED))
        return after === undefined ? undefined : { after }
      }
      await removeAll(pods.by(ON_NODE, '').filter(({ metadata }) => metadata.deletionTimestamp))
    },
  }
}
