import type { Pod, PodCondition } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { COMPONENT, type NodeParts } from '../node-parts.ts'
import { allocated, type Allocation, allocationFromStatus, askedOf } from './allocation.ts'
import { shortage } from './fits-node.ts'
import { resizeMessage } from './resize-message.ts'

export const RESIZE_PENDING = 'PodResizePending'
export const RESIZE_IN_PROGRESS = 'PodResizeInProgress'

/** Deferred resizes are looked at again after so long, as the kubelet does, if nothing frees resources before. */
const DEFERRED_MS = 3 * 60_000
/** What could not be given is tried again after so long: memory may be in use no more. */
const FAILED_MS = 10_000

/** One resize of a pod, on its way: what its condition says. */
interface Stage {
  reason: string
  message: string
  generation: number
  since: number
}

/** What a pod may have of its node (KEP-1287): what it asks for is allocated first, and then given to its containers. */
export class PodResize {
  readonly #node: NodeParts
  #asked: Pod
  #pod: Pod
  #allocation: Allocation
  #pending: Stage | undefined
  #inProgress: Stage | undefined

  constructor(pod: Pod, node: NodeParts) {
    this.#node = node
    this.#asked = pod
    this.#allocation = allocationFromStatus(pod)
    this.#pod = allocated(pod, this.#allocation)
    const stageOf = (type: string): Stage | undefined => {
      const condition = pod.status?.conditions?.find(candidate => candidate.type === type)
      if (condition?.status !== 'True') return undefined
      const { reason = '', message = '', observedGeneration = 0, lastTransitionTime } = condition
      return {
        reason,
        message,
        generation: observedGeneration,
        since: Date.parse(lastTransitionTime ?? '') || 0,
      }
    }
    this.#pending = stageOf(RESIZE_PENDING)
    this.#inProgress = stageOf(RESIZE_IN_PROGRESS)
  }

  /** Takes note of a newer state of the pod. */
  observe(pod: Pod): void {
    this.#asked = pod
    this.#pod = allocated(pod, this.#allocation)
  }

  /** With the resources that it is allocated. */
  get pod(): Pod {
    return this.#pod
  }

  /** As its owner wants it. */
  get asked(): Pod {
    return this.#asked
  }

  get isDeferred(): boolean {
    return this.#pending?.reason === 'Deferred'
  }

  /** When it was first put off; undefined while it is not. */
  get pendingSince(): number | undefined {
    return this.#pending?.since
  }

  /** When to try again, if nothing wakes the pod before. */
  get retryAfterMs(): number | undefined {
    if (this.#inProgress?.reason === 'Error') return FAILED_MS
    return this.isDeferred ? DEFERRED_MS : undefined
  }

  get conditions(): PodCondition[] {
    const of = (type: string, stage: Stage | undefined): PodCondition[] =>
      stage === undefined
        ? []
        : [
            {
              type,
              status: 'True',
              lastTransitionTime: toTime(stage.since),
              ...(stage.reason ? { reason: stage.reason } : {}),
              ...(stage.message ? { message: stage.message } : {}),
              ...(stage.generation === 0 ? {} : { observedGeneration: stage.generation }),
            },
          ]
    return [...of(RESIZE_PENDING, this.#pending), ...of(RESIZE_IN_PROGRESS, this.#inProgress)]
  }

  /**
   * Allocates what the pod asks for, where that can be had beside the other pods. `obstacle` is why this node cannot
   * change what the pod's containers have. True when the allocation has changed.
   */
  allocate(others: readonly Pod[], obstacle: string | undefined): boolean {
    const pod = this.#asked
    if (this.#pod === pod) {
      this.#pending = undefined
      return false
    }
    const why = obstacle
      ? { reason: 'Infeasible', message: obstacle }
      : shortage(pod, others, this.#node.allocatable)
    if (why) {
      this.#postpone(why)
      return false
    }
    this.#allocation = askedOf(pod)
    this.#pod = pod
    this.#pending = undefined
    const { generation = 0 } = pod.metadata
    this.#inProgress = { reason: '', message: '', generation, since: this.#node.clock.now() }
    this.#event('Normal', 'ResizeStarted', resizeMessage('Pod resize started', pod, { generation }))
    return true
  }

  #postpone({ reason, message }: { reason: string; message: string }): void {
    const { generation = 0 } = this.#asked.metadata
    const before = this.#pending
    const shown = reason === 'Infeasible' ? reason : 'Deferred'
    const since = before?.reason === shown ? before.since : this.#node.clock.now()
    this.#pending = { reason: shown, message, generation, since }
    if (before?.reason === shown && before.generation === generation) return
    const text = resizeMessage(`Pod resize ${reason}`, this.#asked, { generation, error: message })
    this.#event('Warning', `Resize${shown}`, text)
  }

  /** Its containers have what it is allocated. */
  completed(): void {
    const stage = this.#inProgress
    if (!stage) return
    this.#inProgress = undefined
    const { generation } = stage
    const pod = this.#pod
    this.#event('Normal', 'ResizeCompleted', resizeMessage('Pod resize completed', pod, { generation }))
  }

  /** A container could not be given what it is allocated; that is tried again. */
  failed(message: string): void {
    const { clock } = this.#node
    const before = this.#inProgress
    const generation = before?.generation ?? this.#asked.metadata.generation ?? 0
    const since = before?.reason === 'Error' ? before.since : clock.now()
    this.#inProgress = { reason: 'Error', message, generation, since }
    if (before?.reason === 'Error' && before.message === message) return
    const pod = this.#pod
    this.#event(
      'Warning',
      'ResizeError',
      resizeMessage('Pod resize error', pod, { generation, error: message }),
    )
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#node.events.record(this.#asked, { type, reason, message, component: COMPONENT })
  }
}
