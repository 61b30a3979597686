import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import { willRestart } from './restart-policy.ts'
import { retryAt } from './back-off.ts'
import {
  type ContainerView,
  ephemeralContainers,
  isSidecar,
  newView,
  runnableContainers,
  type Terminated,
} from './container-view.ts'

/** Everything the decision needs. Containers without a view have never been tried. */
export interface PodSituation {
  pod: Pod
  views: ReadonlyMap<string, ContainerView>
  now: number
  /** The node has found a reason to end the pod at once. */
  eviction?: PodVerdict | undefined
}

export interface StopOrder {
  name: string
  graceSeconds: number
}

/** Why a pod ends before its containers do. */
export interface PodVerdict {
  reason: string
  message: string
}

/** What to do with a pod's containers now. */
export interface PodStep {
  start: string[]
  stop: StopOrder[]
  /** When to look again, if nothing wakes the pod before. */
  wakeAt?: number | undefined
  /** All regular init containers have succeeded and all sidecars have started. */
  initialized: boolean
  /** An init container has failed for good. */
  initFailed: boolean
  /** No container runs, and none will be started again. */
  ended: boolean
  verdict?: PodVerdict | undefined
}

/** As the kubelet: a pod that takes too much gets no time to write more. */
const EVICTION_GRACE_SECONDS = 1

/** When a container that has ended may run again. */
export const restartAt = (view: ContainerView, state: Terminated): number =>
  retryAt(view.backOff, state.finishedAt)

/** Chooses what to start and stop, as the kubelet's syncPod does. */
export function podStep({ pod, views, now, eviction }: PodSituation): PodStep {
  const viewOf = (container: Container) => views.get(container.name) ?? newView()
  const { spec, metadata, status } = pod
  const init = initProgress(pod, viewOf)
  const step: PodStep = {
    start: [],
    stop: [],
    initialized: init.done,
    initFailed: init.failed,
    ended: false,
  }
  const running = runnableContainers(pod).filter(container => viewOf(container).state.kind === 'running')
  const stopAll = (graceSeconds: number): PodStep => {
    const due = stopOrder(running)
    // Sidecars have what is left of the pod's time once the others have ended.
    const left = due.some(isSidecar) ? leftSeconds(pod, graceSeconds, now) : graceSeconds
    step.stop = due
      .filter(container => !viewOf(container).stopping)
      .map(container => ({ name: container.name, graceSeconds: left }))
    step.ended = running.length === 0
    return step
  }
  const grace = spec.terminationGracePeriodSeconds ?? 30
  if (metadata.deletionTimestamp) return stopAll(metadata.deletionGracePeriodSeconds ?? grace)
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return stopAll(grace)

  const wake = (at: number) => {
    if (Number.isFinite(at)) step.wakeAt = Math.min(step.wakeAt ?? at, at)
  }
  if (eviction) {
    step.verdict = eviction
    return stopAll(EVICTION_GRACE_SECONDS)
  }
  if (spec.activeDeadlineSeconds !== undefined && status?.startTime) {
    const deadline = Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000
    if (now >= deadline) {
      step.verdict = {
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      }
      return stopAll(grace)
    }
    wake(deadline)
  }
  if (init.failed) return stopAll(grace)

  const mains = init.done ? spec.containers : []
  const over =
    init.done &&
    mains.every(container => {
      const { state } = viewOf(container)
      return state.kind === 'terminated' && !willRestart(pod, container, state)
    })
  // Sidecars end with the last container.
  if (over) return stopAll(grace)

  for (const container of [...ephemeralContainers(pod), ...init.due, ...mains]) {
    const view = viewOf(container)
    const at = dueAt(view, state => willRestart(pod, container, state))
    if (at === undefined) continue
    if (at <= now) step.start.push(container.name)
    else wake(at)
  }
  return step
}

/** Sidecars end after all other containers, one after the other, the last one first (KEP-753). */
function stopOrder(running: readonly Container[]): readonly Container[] {
  const others = running.filter(container => !isSidecar(container))
  return others.length > 0 ? others : running.slice(-1)
}

/** The kubelet leaves every container so much, unless it is to be killed at once. */
const LEAST_SECONDS = 2

/** What is left of a deleted pod's grace period: its deletionTimestamp is when that ends. */
function leftSeconds({ metadata }: Pod, graceSeconds: number, now: number): number {
  if (!metadata.deletionTimestamp || graceSeconds === 0) return graceSeconds
  const left = Math.ceil((Date.parse(metadata.deletionTimestamp) - now) / 1000)
  return Math.min(graceSeconds, Math.max(LEAST_SECONDS, left))
}

/** When a container may be started: undefined while it runs or when it has ended for good. */
function dueAt(view: ContainerView, restarts: (state: Terminated) => boolean): number | undefined {
  const { state } = view
  switch (state.kind) {
    case 'running':
      return undefined
    case 'waiting':
      return state.retryAt ?? 0
    case 'terminated':
      return restarts(state) ? restartAt(view, state) : undefined
  }
}

interface InitProgress {
  done: boolean
  failed: boolean
  /** Init containers that may be started or restarted: those up to the first one that is not through. */
  due: Container[]
}

function initProgress(pod: Pod, viewOf: (container: Container) => ContainerView): InitProgress {
  const due: Container[] = []
  for (const container of pod.spec.initContainers ?? []) {
    const view = viewOf(container)
    const { state } = view
    if (isSidecar(container)) {
      due.push(container)
      // A sidecar that crashed later does not hold the others back again.
      const hasStarted = (state.kind === 'running' && view.started) || view.restartCount > 0
      if (!hasStarted) return { done: false, failed: false, due }
      continue
    }
    if (state.kind === 'terminated' && state.exitCode === 0) continue
    const failed = state.kind === 'terminated' && !willRestart(pod, container, state)
    due.push(container)
    return { done: false, failed, due }
  }
  return { done: true, failed: false, due }
}
