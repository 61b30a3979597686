import type { Container, ContainerState, ContainerStatus, Pod } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { inWords } from './back-off.ts'
import {
  type ContainerView,
  ephemeralContainers,
  ID_SCHEME,
  isSidecar,
  newView,
  START_ERROR,
  type Terminated,
} from './container-view.ts'
import { type PodSituation, restartAt } from './pod-step.ts'
import { willRestart } from './restart-policy.ts'

/** The status of one container, in the kubelet's words. */
export function containerStatus(container: Container, situation: PodSituation): ContainerStatus {
  const view = situation.views.get(container.name) ?? newView()
  const { state, last } = shownState(container, view, situation)
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: view.imageID,
    ...(view.state.kind === 'waiting' || view.state.id === ''
      ? {}
      : { containerID: ID_SCHEME + view.state.id }),
    state,
    lastState: last ? { terminated: terminatedState(last) } : {},
    ready: isReady(container, view, situation.pod),
    started: view.state.kind === 'running' && view.started,
    restartCount: view.restartCount,
    ...(ephemeralContainers(situation.pod).includes(container) ? {} : resourcesOf(container, view)),
    ...userOf(view),
    ...mountsOf(container),
  }
}

function userOf({ user, state }: ContainerView): Pick<ContainerStatus, 'user'> {
  if (!user || state.kind === 'waiting') return {}
  const { uid, gid, additionalGids } = user
  // The primary group is among them, as container runtimes report it.
  return { user: { linux: { uid, gid, supplementalGroups: [...new Set([gid, ...additionalGids])] } } }
}

function mountsOf({ volumeMounts = [] }: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (volumeMounts.length === 0) return {}
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  }
}

/** What a container is allocated, and what it has while it runs: both are told of one that has been started. */
function resourcesOf(
  { resources = {} }: Container,
  { state, given }: ContainerView,
): Partial<ContainerStatus> {
  if (state.kind === 'waiting') return {}
  const { limits, requests } = state.kind === 'running' ? (given ?? resources) : resources
  return {
    ...(resources.requests ? { allocatedResources: resources.requests } : {}),
    resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) },
  }
}

/** Whether a container counts as ready: a regular init container when it has succeeded, any other while it serves. */
export function isReady(container: Container, view: ContainerView, pod: Pod): boolean {
  if (pod.spec.initContainers?.includes(container) && !isSidecar(container))
    return view.state.kind === 'terminated' && view.state.exitCode === 0
  // Nothing waits for an ephemeral container to be ready.
  if (ephemeralContainers(pod).includes(container)) return false
  return view.state.kind === 'running' && view.started && view.passing
}

function shownState(
  container: Container,
  view: ContainerView,
  { pod, now }: PodSituation,
): { state: ContainerState; last?: Terminated | undefined } {
  const { state, last } = view
  const deleting = pod.metadata.deletionTimestamp !== undefined
  switch (state.kind) {
    case 'running':
      return { state: { running: { startedAt: toTime(state.startedAt) } }, last }
    case 'terminated': {
      const held =
        !deleting &&
        willRestart(pod, container, state) &&
        view.backOff !== undefined &&
        restartAt(view, state) > now
      return held
        ? { state: { waiting: heldBack(container, view, state, pod) }, last: state }
        : { state: { terminated: terminatedState(state) }, last }
    }
    case 'waiting': {
      const isNew = state.reason === 'ContainerCreating' && state.message === undefined
      // As the kubelet: of all containers of such a pod, the init containers themselves included.
      if (isNew && pod.spec.initContainers?.length)
        return { state: { waiting: { reason: 'PodInitializing' } }, last }
      return { state: { waiting: { reason: state.reason, message: state.message } }, last }
    }
  }
}

/** The kubelet's wording for a container whose restart is held back. */
export const backOffMessage = (container: string, delayMs: number, pod: Pod): string =>
  `back-off ${inWords(delayMs)} restarting failed container=${container} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`

function heldBack(container: Container, view: ContainerView, state: Terminated, pod: Pod) {
  if (state.reason === START_ERROR) return { reason: 'RunContainerError', message: state.message }
  const text = backOffMessage(container.name, view.backOff?.delayMs ?? 0, pod)
  return { reason: 'CrashLoopBackOff', message: state.message ? `${text}: ${state.message}` : text }
}

function terminatedState(state: Terminated): NonNullable<ContainerState['terminated']> {
  return {
    exitCode: state.exitCode,
    ...(state.signal === undefined ? {} : { signal: state.signal }),
    reason: state.reason,
    ...(state.message === undefined ? {} : { message: state.message }),
    startedAt: toTime(state.startedAt),
    finishedAt: toTime(state.finishedAt),
    ...(state.id === '' ? {} : { containerID: ID_SCHEME + state.id }),
  }
}
