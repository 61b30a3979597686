import { setImmediate } from 'node:timers/promises'
import type { Kernel } from '../../kernel/capability.ts'
import type { Controller, Watch } from '../../kernel/controller.ts'
import { ReplicaSet, StatefulSet } from '../../kube/generated/apps-v1.ts'
import {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicationController,
  Service,
} from '../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import { StorageClass } from '../../kube/generated/storage-v1.ts'
import type { Kind } from '../../kube/kind.ts'
import { isConflict, isNotFound } from '../../kube/status.ts'
import { WorkInProgress } from '../../lib/work-in-progress.ts'
import { Cluster } from './cluster/cluster.ts'
import type { ClusterNode } from './cluster/cluster-node.ts'
import { LiveStorage } from './cluster/live-storage.ts'
import { owningSelector } from './cluster/owning-selector.ts'
import { feedCluster } from './cluster-feed.ts'
import { bindPod, reserveVolumes } from './effects/bind-pod.ts'
import { evictVictims } from './effects/evict-victims.ts'
import { refusePod } from './effects/refuse-pod.ts'
import { fitMessage, refusingPlugins } from './fit-error.ts'
import { type Placement, placePod } from './place-pod.ts'
import { preempt } from './preemption/preempt.ts'
import { type QueuedPod, SchedulingQueue } from './queue/scheduling-queue.ts'

/** One key: the queue of pods orders itself, by priority. */
const KEY = 'pods'
/** Writes under way at most; the search for nodes waits for them. */
const MAX_WRITES = 512
/** Pods looked at before others on the event loop get their turn. */
const PODS_PER_TURN = 32

const READ: readonly Kind[] = [
  Pod,
  Node,
  Namespace,
  PersistentVolumeClaim,
  PersistentVolume,
  StorageClass,
  PodDisruptionBudget,
  Service,
  ReplicaSet,
  StatefulSet,
  ReplicationController,
]

/** Gives pods their nodes, one after the other, as kube-scheduler's default profile does. */
export function scheduler(kernel: Kernel): Controller {
  const scheduling = new Scheduling(kernel)
  return {
    name: 'scheduler',
    watches: READ.map((kind): Watch => ({ kind, keys: () => [] })),
    wakes: wake => feedCluster(kernel, { ...scheduling.fed, wake: () => wake(KEY) }),
    async reconcile(_key, signal) {
      await scheduling.run(signal)
      const next = scheduling.fed.queue.nextAt()
      return next === undefined ? undefined : { after: Math.max(0, next - kernel.clock.now()) }
    },
  }
}

class Scheduling {
  readonly fed: { cluster: Cluster; queue: SchedulingQueue }
  readonly #kernel: Kernel
  readonly #storage: LiveStorage
  readonly #writes = new WorkInProgress()
  readonly #percentage: number
  readonly #attempts

  constructor(kernel: Kernel) {
    const { informers, config, metrics } = kernel
    this.#kernel = kernel
    this.#storage = new LiveStorage(informers)
    this.#percentage = Number(config.get('scheduler.percentageOfNodesToScore') ?? 0)
    const cluster = new Cluster({
      storage: this.#storage,
      namespaceLabels: name => informers.for(Namespace).get(name)?.metadata.labels,
      selectorOf: owningSelector(informers),
    })
    this.fed = { cluster, queue: new SchedulingQueue() }
    this.#attempts = metrics.counter({
      name: 'scheduler_schedule_attempts_total',
      help: 'Attempts to schedule pods, by the result.',
      labelNames: ['result'],
    })
  }

  /** Schedules the pods that are due. */
  async run(signal: AbortSignal): Promise<void> {
    const { queue } = this.fed
    const { clock } = this.#kernel
    queue.retryOld(clock.now())
    for (let count = 1; !signal.aborted; count++) {
      const entry = queue.take(clock.now())
      if (!entry) return
      this.#schedule(entry)
      if (this.#writes.size >= MAX_WRITES) await this.#writes.ended()
      else if (count % PODS_PER_TURN === 0) await setImmediate()
    }
  }

  #schedule(entry: QueuedPod): void {
    const placement = placePod(entry.facts, this.fed.cluster, {
      percentageOfNodesToScore: this.#percentage,
      random: Math.random,
    })
    this.#attempts.inc({ result: placement.kind === 'fits' ? 'scheduled' : 'unschedulable' })
    if (placement.kind === 'fits') this.#write(this.#bind(entry, placement.node))
    else this.#refuse(entry, placement)
  }

  async #bind(entry: QueuedPod, node: ClusterNode): Promise<void> {
    const { cluster, queue } = this.fed
    const { facts } = entry
    const plans = reserveVolumes(facts, node, this.#storage)
    cluster.assume(facts, node)
    try {
      await bindPod(this.#kernel, facts, { node: node.name, plans })
    } catch (error) {
      for (const { volume } of plans) if (volume) this.#storage.release(volume.metadata.name)
      cluster.forget(facts)
      const { clock, log } = this.#kernel
      queue.retry(entry, clock.now())
      queue.notice({ kind: 'podLeft', pod: facts }, clock.now())
      // Bound by somebody else, changed or deleted meanwhile: the informer shows it.
      if (isNotFound(error) || isConflict(error)) return
      log.warn({ err: error, pod: facts.key, node: node.name }, 'a pod could not be bound')
      const message = error instanceof Error ? error.message : String(error)
      await refusePod(this.#kernel, facts, { reason: 'SchedulerError', message })
    }
  }

  #refuse(entry: QueuedPod, { diagnosis, filters }: Extract<Placement, { kind: 'none' }>): void {
    const { cluster, queue } = this.fed
    const { informers, clock } = this.#kernel
    const { facts } = entry
    queue.refuse(entry, refusingPlugins(diagnosis), clock.now())
    if (diagnosis.nodes === 0) {
      this.#write(refusePod(this.#kernel, facts, { reason: 'Unschedulable', message: fitMessage(diagnosis) }))
      return
    }
    const budgets = informers.for(PodDisruptionBudget).list()
    const preemption = preempt(facts, diagnosis, { cluster, filters, budgets })
    if (preemption.kind === 'none') {
      if (!preemption.keepsNomination) cluster.unnominate(facts.uid)
      this.#write(
        refusePod(this.#kernel, facts, {
          reason: 'Unschedulable',
          message: fitMessage(diagnosis, preemption.message),
          nominatedNodeName: preemption.keepsNomination ? undefined : null,
        }),
      )
      return
    }
    const { candidate } = preemption
    // Those that wait for this node with less priority will not get it.
    for (const other of [...(cluster.nominatedTo(candidate.node.name)?.values() ?? [])])
      if (other.priority < facts.priority) {
        cluster.unnominate(other.uid)
        this.#write(this.#unnominate(other.pod))
      }
    cluster.nominate(facts, candidate.node.name)
    this.#write(
      refusePod(this.#kernel, facts, {
        reason: 'Unschedulable',
        message: fitMessage(diagnosis),
        nominatedNodeName: candidate.node.name,
      }).then(() => evictVictims(this.#kernel, facts, candidate)),
    )
  }

  async #unnominate({ metadata: { name, namespace, uid } }: Pod): Promise<void> {
    const patch = { metadata: { uid }, status: { nominatedNodeName: null } }
    try {
      await this.#kernel.client.patch(Pod, { name, namespace }, patch, { subresource: 'status' })
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }

  #write(work: Promise<void>): void {
    this.#writes.add(
      work.catch(error => this.#kernel.log.warn({ err: error }, 'the scheduler could not write')),
    )
  }
}
