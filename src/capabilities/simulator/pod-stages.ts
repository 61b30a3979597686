import { setCondition } from '../../kube/conditions.ts'
import type {
  Container,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from '../../kube/generated/core-v1.ts'
import { SIMULATED_CONDITION } from '../../kube/simulated.ts'
import { toTime } from '../../lib/clock.ts'
import { becomesReady, delayOf, ends, exitCodeOf } from './pod-delays.ts'

/** What is to be done for a pod: a new status, its removal, or another look at a time (milliseconds). */
export interface Stage {
  status?: PodStatus
  remove?: true
  wakeAt?: number
}

/** The addresses of a pod. */
export interface Place {
  podIP: string
  hostIP: string
}

/** The kubelet's back-off of containers that end: from 10 s, doubled, to 5 minutes. */
const FIRST_BACK_OFF_MS = 10_000
const LONGEST_BACK_OFF_MS = 300_000
/** More stages than that without a pause there are not. */
const MAX_STEPS = 200

const SIMULATED = 'Simulated: this pod goes through the stages of its life, but nothing of it runs'

/**
 * Leads a pod through the stages that a kubelet shows: created, init containers in turn, running and ready, ended.
 * Stages without a delay are taken together, so that a pod takes one write to be ready.
 */
export function podStage(pod: Pod, place: Place, now: number): Stage {
  const { deletionTimestamp } = pod.metadata
  if (deletionTimestamp) return departure(pod, now)
  let status: PodStatus = pod.status ?? {}
  let wakeAt: number | undefined
  for (let count = 0; count < MAX_STEPS; count++) {
    const next = step({ ...pod, status }, place, now)
    if (next === undefined) break
    if (typeof next === 'number') {
      wakeAt = next
      break
    }
    status = next
  }
  const seen = observed(pod, status)
  return {
    ...(seen === pod.status ? {} : { status: seen }),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

/** A kubelet says in the status which spec it is about, once it has taken the pod on. */
function observed({ metadata: { generation } }: Pod, status: PodStatus): PodStatus {
  const isKnown = generation === undefined || status.observedGeneration === generation
  return isKnown || !status.startTime ? status : { ...status, observedGeneration: generation }
}

function departure(pod: Pod, now: number): Stage {
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0, finalizers = [] } = pod.metadata
  const end = Date.parse(deletionTimestamp)
  const due = Math.min(end, end - deletionGracePeriodSeconds * 1000 + delayOf(pod, 'pod-delete'))
  if (now < due) return { wakeAt: due }
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  // Whoever holds the pod wants to know how it ended.
  if (finalizers.length > 0 && !over) return { status: ended(pod, { exitCode: 143, reason: 'Error' }, now) }
  return deletionGracePeriodSeconds === 0 && finalizers.length > 0 ? {} : { remove: true }
}

/** The next status, the time at which there will be one, or undefined where nothing more happens. */
function step(pod: Pod, place: Place, now: number): PodStatus | number | undefined {
  const status = pod.status ?? {}
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined
  if (!status.startTime) {
    const bound = status.conditions?.find(({ type }) => type === 'PodScheduled')?.lastTransitionTime
    return after(bound ?? pod.metadata.creationTimestamp, delayOf(pod, 'pod-create'), now, () =>
      created(pod, place, now),
    )
  }
  const initialized = initStep(pod, now)
  if (initialized !== undefined) return initialized
  const [first] = status.containerStatuses ?? []
  if (!first) return undefined
  if (first.state?.waiting?.reason === 'CrashLoopBackOff')
    return after(first.lastState?.terminated?.finishedAt, backOffOf(first), now, () => running(pod, now, 1))
  if (!first.state?.running) {
    const since = lastEnd(status.initContainerStatuses) ?? status.startTime
    return after(since, delayOf(pod, 'pod-ready'), now, () => running(pod, now, 0))
  }
  if (ends(pod))
    return after(first.state.running.startedAt, delayOf(pod, 'pod-complete'), now, () => finish(pod, now))
  // A readiness gate, or the annotation, may have changed.
  const conditions = conditionsOf(pod, status, now)
  return conditions === status.conditions ? undefined : { ...status, conditions }
}

function after(
  since: string | undefined,
  delayMs: number,
  now: number,
  then: () => PodStatus,
): PodStatus | number {
  const due = Date.parse(since ?? '') + delayMs
  return due > now ? due : then()
}

function created(pod: Pod, { podIP, hostIP }: Place, now: number): PodStatus {
  const { spec, status } = pod
  const waiting = (containers: readonly Container[], reason: string) =>
    containers.map(container => containerStatus(pod, container, { waiting: { reason } }))
  const init = spec.initContainers ?? []
  const reason = init.length > 0 ? 'PodInitializing' : 'ContainerCreating'
  const next: PodStatus = {
    ...status,
    phase: 'Pending',
    startTime: toTime(now),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    containerStatuses: waiting(spec.containers, reason),
    ...(init.length > 0 ? { initContainerStatuses: waiting(init, 'PodInitializing') } : {}),
  }
  return { ...next, conditions: conditionsOf(pod, next, now) }
}

/** Init containers run one after the other; a sidecar only has to start. */
function initStep(pod: Pod, now: number): PodStatus | number | undefined {
  const { spec, status = {} } = pod
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const current = status.initContainerStatuses?.[index]
    const isSidecar = container.restartPolicy === 'Always'
    if (current?.state?.terminated || (isSidecar && current?.state?.running)) continue
    const replace = (next: ContainerStatus): PodStatus => {
      const statuses = (status.initContainerStatuses ?? []).with(index, next)
      const changed = { ...status, initContainerStatuses: statuses }
      return { ...changed, conditions: conditionsOf(pod, changed, now) }
    }
    const begin = current?.state?.running?.startedAt
    if (begin === undefined) return replace(runningStatus(pod, container, now))
    return after(begin, delayOf(pod, 'pod-init-container-completed'), now, () =>
      replace({
        ...containerStatus(pod, container, { terminated: terminated(pod, container, begin, now) }),
        ready: true,
      }),
    )
  }
  return undefined
}

function running(pod: Pod, now: number, restarts: number): PodStatus {
  const { spec, status = {} } = pod
  const containerStatuses = spec.containers.map((container, index) => {
    const before = status.containerStatuses?.[index]
    return {
      ...runningStatus(pod, container, now),
      restartCount: (before?.restartCount ?? 0) + restarts,
      ...(before?.lastState ? { lastState: before.lastState } : {}),
    }
  })
  const next = { ...status, phase: 'Running', containerStatuses }
  return { ...next, conditions: conditionsOf(pod, next, now) }
}

/** The containers end by themselves: for good, or until the kubelet would start them again. */
function finish(pod: Pod, now: number): PodStatus {
  const { restartPolicy = 'Always' } = pod.spec
  const exitCode = exitCodeOf(pod)
  const again = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0)
  if (!again) return ended(pod, { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }, now)
  const { status = {} } = pod
  const containerStatuses = pod.spec.containers.map((container, index) => {
    const before = status.containerStatuses?.[index]
    return {
      ...containerStatus(pod, container, {
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' },
      }),
      restartCount: before?.restartCount ?? 0,
      lastState: { terminated: terminated(pod, container, before?.state?.running?.startedAt, now) },
    }
  })
  const next = { ...status, containerStatuses }
  return { ...next, conditions: conditionsOf(pod, next, now) }
}

function ended(pod: Pod, { exitCode, reason }: { exitCode: number; reason: string }, now: number): PodStatus {
  const { spec, status = {} } = pod
  const stop = (containers: readonly Container[], statuses: readonly ContainerStatus[] = []) =>
    containers.map((container, index) => {
      const before = statuses[index]
      if (before?.state?.terminated) return before
      const state = terminated(pod, container, before?.state?.running?.startedAt, now)
      return {
        ...containerStatus(pod, container, { terminated: { ...state, exitCode, reason } }),
        restartCount: before?.restartCount ?? 0,
      }
    })
  const init = spec.initContainers ?? []
  const next = {
    ...status,
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: stop(spec.containers, status.containerStatuses),
    ...(init.length > 0 ? { initContainerStatuses: stop(init, status.initContainerStatuses) } : {}),
  }
  return { ...next, conditions: conditionsOf(pod, next, now) }
}

function terminated(
  pod: Pod,
  { name }: Container,
  startedAt: string | undefined,
  now: number,
): ContainerStateTerminated {
  const exitCode = pod.spec.containers.some(container => container.name === name) ? exitCodeOf(pod) : 0
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: startedAt ?? toTime(now),
    finishedAt: toTime(now),
    containerID: containerId(pod, name),
  }
}

const containerId = ({ metadata }: Pod, name: string): string => `simulated://${metadata.uid}/${name}`

function containerStatus(
  pod: Pod,
  { name, image = '' }: Container,
  state: NonNullable<ContainerStatus['state']>,
): ContainerStatus {
  const starts = !state.waiting
  return {
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state,
    lastState: {},
    ...(starts ? { containerID: containerId(pod, name) } : {}),
  }
}

const runningStatus = (pod: Pod, container: Container, now: number): ContainerStatus => ({
  ...containerStatus(pod, container, { running: { startedAt: toTime(now) } }),
  started: true,
  ready: becomesReady(pod),
})

const backOffOf = ({ restartCount }: ContainerStatus): number =>
  Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** restartCount)

const lastEnd = (statuses: readonly ContainerStatus[] = []): string | undefined =>
  statuses.findLast(({ state }) => state?.terminated)?.state?.terminated?.finishedAt

/** The conditions that the statuses of the containers add up to; the same list where nothing changes. */
function conditionsOf(pod: Pod, status: PodStatus, now: number): PodCondition[] {
  const { spec } = pod
  const over = status.phase === 'Succeeded' ? 'PodCompleted' : status.phase === 'Failed' ? 'PodFailed' : ''
  const incomplete = (spec.initContainers ?? []).filter((container, index) => {
    const state = status.initContainerStatuses?.[index]?.state
    return !state?.terminated && !(container.restartPolicy === 'Always' && state?.running)
  })
  const unready = (status.containerStatuses ?? []).filter(({ ready }) => !ready)
  const gates = (spec.readinessGates ?? []).filter(
    ({ conditionType }) => status.conditions?.find(({ type }) => type === conditionType)?.status !== 'True',
  )
  const names = (of: readonly { name: string }[]) => of.map(({ name }) => name).join(' ')
  const notReady = over
    ? { status: 'False', reason: over }
    : unready.length > 0
      ? {
          status: 'False',
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${names(unready)}]`,
        }
      : undefined
  const gated = gates.length > 0 && {
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: gates
      .map(
        ({ conditionType }) =>
          `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      )
      .join(', '),
  }
  const drafts = [
    { type: SIMULATED_CONDITION, status: 'True', reason: 'Simulated', message: SIMULATED },
    { type: 'PodReadyToStartContainers', status: over ? 'False' : 'True' },
    incomplete.length > 0
      ? {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${names(incomplete)}]`,
        }
      : { type: 'Initialized', status: 'True' },
    { type: 'Ready', ...(notReady ?? (gated || { status: 'True' })) },
    { type: 'ContainersReady', ...(notReady ?? { status: 'True' }) },
    { type: 'PodScheduled', status: 'True' },
  ]
  let conditions: readonly PodCondition[] | undefined = status.conditions
  for (const draft of drafts) conditions = replaceCondition(conditions, draft, now)
  return conditions as PodCondition[]
}

/** As setCondition, but what the draft does not say is not kept: a pod that is ready has no reason any more. */
function replaceCondition(
  conditions: readonly PodCondition[] | undefined,
  draft: Omit<PodCondition, 'lastTransitionTime'>,
  now: number,
): readonly PodCondition[] {
  const known = conditions?.find(({ type }) => type === draft.type)
  if (!known || known.status === draft.status) return setCondition(conditions, draft, now)
  const next = { ...draft, lastTransitionTime: toTime(now) }
  return (conditions ?? []).map(condition => (condition === known ? next : condition))
}
