import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, mappedFrom, objectsOf } from '../../../kernel/controller.ts'
import { Node, Pod, type Taint, type Toleration } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { tolerates } from '../../../kube/tolerations.ts'
import { disrupt } from './disrupt.ts'
import { indexByNode, ON_NODE } from './on-node.ts'

const COMPONENT = 'taint-eviction-controller'

/**
 * Milliseconds that a pod may stay on a node with these NoExecute taints, counted from when they came: 0 for a taint
 * that it does not bear, else the shortest of the tolerations that are used; undefined when it may stay for good.
 */
export function staysMs(
  taints: readonly Taint[],
  tolerations: readonly Toleration[] = [],
): number | undefined {
  const used: Toleration[] = []
  for (const taint of taints) {
    const bearing = tolerations.filter(toleration => tolerates(toleration, taint))
    if (bearing.length === 0) return 0
    used.push(...bearing)
  }
  const limits = used.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
  return limits.length === 0 ? undefined : Math.max(0, Math.min(...limits)) * 1000
}

/** Deletes pods whose node has taints that they do not bear, or not for so long. */
export function taintEvictionController(kernel: Kernel): Controller {
  const { clock, events, informers } = kernel
  const nodes = informers.for(Node)
  const pods = informers.for(Pod)
  indexByNode(pods)
  /** Since when each pod is on borrowed time. */
  const since = new Map<string, number>()

  return {
    name: 'taint-eviction',
    watches: [objectsOf(Pod), mappedFrom(Node, node => pods.by(ON_NODE, node.metadata.name).map(keyOf))],
    async reconcile(key) {
      const pod = pods.get(key)
      const node = pod?.spec.nodeName ? nodes.get(pod.spec.nodeName) : undefined
      const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
      const stays = taints.length === 0 ? undefined : staysMs(taints, pod?.spec.tolerations)
      if (!pod || pod.metadata.deletionTimestamp || stays === undefined) {
        since.delete(key)
        return
      }
      const added = taints.map(({ timeAdded }) => Date.parse(timeAdded ?? ''))
      const came = Math.min(...added.filter(Number.isFinite))
      const from = since.get(key) ?? (Number.isFinite(came) ? came : clock.now())
      since.set(key, from)
      const left = from + stays - clock.now()
      if (left > 0) return { after: left }
      const message = `Marking for deletion Pod ${key}`
      events.record(pod, { type: 'Normal', reason: 'TaintManagerEviction', message, component: COMPONENT })
      await disrupt(kernel, pod, {
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
      })
      since.delete(key)
    },
  }
}
