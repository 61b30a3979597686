import { equalJson } from '../../kube/copy.ts'
import type { Kernel } from '../../kernel/capability.ts'
import type { InformerEvent } from '../../kernel/informer.ts'
import {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from '../../kube/generated/core-v1.ts'
import { StorageClass } from '../../kube/generated/storage-v1.ts'
import type { Cluster } from './cluster/cluster.ts'
import { podFacts } from './cluster/pod-facts.ts'
import { COMPONENT } from './effects/component.ts'
import type { ClusterEvent } from './queue/cluster-event.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'

interface Fed {
  cluster: Cluster
  queue: SchedulingQueue
  /** There may be work. */
  wake(): void
}

/** Keeps the cluster and the queue as the informers show them, one change at a time. */
export function feedCluster({ informers, clock }: Kernel, { cluster, queue, wake }: Fed): Disposable {
  const notice = (event: ClusterEvent) => {
    queue.notice(event, clock.now())
    wake()
  }
  const storageChanged = () => notice({ kind: 'storage' })
  const subscriptions = [
    informers.for(Node).onChange(event => nodeChanged(event, cluster, notice)),
    informers.for(Pod).onChange(event => podChanged(event, { cluster, queue, wake }, notice, clock.now())),
    informers.for(PersistentVolumeClaim).onChange(storageChanged),
    informers.for(PersistentVolume).onChange(storageChanged),
    informers.for(StorageClass).onChange(storageChanged),
    informers.for(Namespace).onChange(({ object, previous }) => {
      if (previous && !equalJson(object.metadata.labels, previous.metadata.labels))
        notice({ kind: 'namespace' })
    }),
  ]
  return {
    [Symbol.dispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
    },
  }
}

function nodeChanged(
  { type, object, previous }: InformerEvent<Node>,
  cluster: Cluster,
  notice: (event: ClusterEvent) => void,
): void {
  const { name } = object.metadata
  if (type === 'deleted') {
    cluster.removeNode(name)
    notice({ kind: 'nodeGone' })
    return
  }
  cluster.setNode(object)
  const node = cluster.node(name)
  // A heartbeat changes nothing for pods.
  if (node && !(previous && isSameForPods(object, previous))) notice({ kind: 'node', node })
}

const isSameForPods = (a: Node, b: Node): boolean =>
  equalJson(a.spec, b.spec) &&
  equalJson(a.metadata.labels, b.metadata.labels) &&
  equalJson(a.status?.allocatable, b.status?.allocatable)

function podChanged(
  { type, object, previous }: InformerEvent<Pod>,
  { cluster, queue, wake }: Fed,
  notice: (event: ClusterEvent) => void,
  now: number,
): void {
  const { uid } = object.metadata
  // A pod of the same name may have taken the place of one whose deletion was not seen.
  if (previous && previous.metadata.uid !== uid) leave(previous)
  if (type === 'deleted' || isOver(object)) leave(object)
  else if (object.spec.nodeName) {
    const wasPlaced = previous?.spec.nodeName !== undefined
    cluster.setPod(object)
    cluster.unnominate(uid)
    queue.remove(uid)
    const isRelabelled = !equalJson(object.metadata.labels, previous?.metadata.labels)
    if (!wasPlaced || isRelabelled) notice({ kind: 'podPlaced', pod: podFacts(object) })
    if (previous && wasPlaced && (isRelabelled || requestsLess(object, previous)))
      notice({ kind: 'podLeft', pod: podFacts(previous) })
  } else if (isOurs(object)) {
    queue.put(object, now)
    const { nominatedNodeName } = object.status ?? {}
    if (nominatedNodeName) cluster.nominate(podFacts(object), nominatedNodeName)
    else cluster.unnominate(uid)
    wake()
  } else {
    queue.remove(uid)
    cluster.unnominate(uid)
  }

  function leave(pod: Pod): void {
    const facts = podFacts(pod)
    const wasPlaced = cluster.isPlaced(facts.uid)
    cluster.removePod(facts.uid)
    cluster.unnominate(facts.uid)
    queue.remove(facts.uid)
    // One that others were preempted for leaves its room to them.
    if (wasPlaced || pod.status?.nominatedNodeName) notice({ kind: 'podLeft', pod: facts })
  }
}

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

const isOurs = ({ metadata, spec }: Pod): boolean =>
  !metadata.deletionTimestamp &&
  (spec.schedulerName ?? COMPONENT) === COMPONENT &&
  !spec.schedulingGates?.length

function requestsLess(now: Pod, before: Pod): boolean {
  if (now.metadata.generation === before.metadata.generation) return false
  const [a, b] = [podFacts(now), podFacts(before)]
  return a.cpu < b.cpu || a.memory < b.memory
}
