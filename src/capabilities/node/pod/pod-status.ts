import type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from '../../../kube/generated/core-v1.ts'
import { podQuantities } from '../../../kube/pod-resources.ts'
import { toTime } from '../../../lib/clock.ts'
import type { Isolation } from '../runtime/container-runtime.ts'
import { containerStatus } from './container-status.ts'
import { RESIZE_IN_PROGRESS, RESIZE_PENDING } from '../resize/pod-resize.ts'
import { ephemeralContainers, isSidecar } from './container-view.ts'
import type { PodSituation, PodStep } from './pod-step.ts'

/** What of a pod's status does not follow from its containers. */
export interface PodPlace {
  podIP: string
  hostIP: string
  /** What its runtime gives this pod: the condition `drave.dev/Isolated`. */
  isolation: Isolation
  /** Something the owner of the pod should know although it runs. */
  notice?: string | undefined
  /** Of a resize that waits, or is under way. */
  resize?: readonly PodCondition[] | undefined
}

/** Says whether a pod's containers are kept apart from the host. */
export const ISOLATED = 'drave.dev/Isolated'

/** The node's part of a pod's status; conditions that others have set are kept. */
export function podStatus(situation: PodSituation, step: PodStep, place: PodPlace): PodStatus {
  const { pod, now } = situation
  const previous = pod.status
  const of = (containers: readonly Container[]) =>
    containers.map(container => containerStatus(container, situation))
  const initStatuses = of(pod.spec.initContainers ?? [])
  const statuses = of(pod.spec.containers)
  const ephemeral = of(ephemeralContainers(pod))
  const phase = phaseOf(pod, step, statuses)
  return {
    phase,
    ...reasonOf(pod, step, place),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    hostIP: place.hostIP,
    hostIPs: [{ ip: place.hostIP }],
    ...(place.podIP === '' ? {} : { podIP: place.podIP, podIPs: [{ ip: place.podIP }] }),
    startTime: previous?.startTime ?? toTime(now),
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    ...resourcesOf(pod),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    conditions: conditionsOf(situation, step, { phase, initStatuses, statuses, place }),
  }
}

/** What the node has set aside for the pod as a whole, as the kubelet has it since 1.36. */
function resourcesOf({ spec }: Pod): Pick<PodStatus, 'resources' | 'allocatedResources'> {
  const requests = podQuantities(spec, 'requests')
  // One container without a limit takes what it likes, so that the pod has none.
  const limits = Object.entries(podQuantities(spec, 'limits')).filter(
    ([name]) =>
      spec.resources?.limits?.[name] !== undefined ||
      spec.containers.every(({ resources }) => resources?.limits?.[name] !== undefined),
  )
  const isNothing = Object.keys(requests).length === 0
  return {
    ...(isNothing ? {} : { allocatedResources: requests }),
    resources: {
      ...(limits.length > 0 ? { limits: Object.fromEntries(limits) } : {}),
      ...(isNothing ? {} : { requests }),
    },
  }
}

function reasonOf(pod: Pod, step: PodStep, place: PodPlace): Pick<PodStatus, 'reason' | 'message'> {
  if (step.verdict) return step.verdict
  const { reason, message } = pod.status ?? {}
  if (reason === 'DeadlineExceeded' || reason === 'Evicted') return { reason, message }
  return place.notice === undefined ? {} : { message: place.notice }
}

/** As the kubelet's getPhase: what waits for the first time keeps the pod Pending; Failed and Succeeded are final. */
function phaseOf(pod: Pod, step: PodStep, statuses: readonly ContainerStatus[]): string {
  const previous = pod.status?.phase
  if (previous === 'Failed' || previous === 'Succeeded') return previous
  const deleting = pod.metadata.deletionTimestamp !== undefined
  if (step.verdict) return step.ended ? 'Failed' : (previous ?? 'Pending')
  if (step.ended && (step.initFailed || deleting))
    return !step.initFailed && statuses.every(status => status.state?.terminated?.exitCode === 0)
      ? 'Succeeded'
      : 'Failed'
  if (!step.initialized) return 'Pending'
  if (statuses.some(status => status.state?.waiting && !status.lastState?.terminated)) return 'Pending'
  if (!step.ended) return 'Running'
  return statuses.every(status => status.state?.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
}

interface Observed {
  phase: string
  initStatuses: readonly ContainerStatus[]
  statuses: readonly ContainerStatus[]
  place: PodPlace
}

function conditionsOf({ pod, now }: PodSituation, step: PodStep, observed: Observed): PodCondition[] {
  const { phase, initStatuses, statuses, place } = observed
  const done = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(container => container.name))
  const unready = [...initStatuses.filter(status => sidecars.has(status.name)), ...statuses]
    .filter(status => !status.ready)
    .map(status => status.name)
  const incomplete = initStatuses
    .filter(status => (sidecars.has(status.name) ? !status.started : !status.ready))
    .map(status => status.name)
  const initialized = step.initialized || phase === 'Succeeded'
  const serving = !done && initialized && unready.length === 0
  const notReady = done
    ? { reason: done }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
  const gate = serving ? missingGate(pod) : undefined
  const wanted: Omit<PodCondition, 'lastTransitionTime'>[] = [
    { type: 'PodReadyToStartContainers', status: done || step.ended ? 'False' : 'True' },
    initialized
      ? { type: 'Initialized', status: 'True', ...(done === 'PodCompleted' ? { reason: done } : {}) }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        },
    gate
      ? { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: gate }
      : { type: 'Ready', status: serving ? 'True' : 'False', ...(serving ? {} : notReady) },
    { type: 'ContainersReady', status: serving ? 'True' : 'False', ...(serving ? {} : notReady) },
    { type: 'PodScheduled', status: 'True' },
    {
      type: ISOLATED,
      status: place.isolation.isIsolated ? 'True' : 'False',
      reason: place.isolation.reason,
      message: place.isolation.message,
    },
  ]
  const { generation } = pod.metadata
  const own = new Set([RESIZE_PENDING, RESIZE_IN_PROGRESS, ...wanted.map(condition => condition.type)])
  const previous = pod.status?.conditions ?? []
  return [
    ...wanted.map(condition => ({
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime:
        previous.find(old => old.type === condition.type && old.status === condition.status)
          ?.lastTransitionTime ?? toTime(now),
    })),
    ...(place.resize ?? []),
    ...previous.filter(condition => !own.has(condition.type)),
  ]
}

/** Why a readiness gate holds the pod back (KEP-580), or undefined. */
function missingGate(pod: Pod): string | undefined {
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(candidate => candidate.type === conditionType)
    if (!condition) return `corresponding condition of pod readiness gate "${conditionType}" does not exist.`
    if (condition.status !== 'True')
      return `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`
  }
  return undefined
}
