import type {
  Container,
  ContainerStatus,
  EphemeralContainer,
  Pod,
  ResourceRequirements,
} from '../../../kube/generated/core-v1.ts'
import type { ContainerUser } from '../container/container-user.ts'
import type { BackOff } from './back-off.ts'

export interface Waiting {
  kind: 'waiting'
  reason: string
  message?: string | undefined
  /** Not to be tried again before this instant; Infinity: only when the pod changes. */
  retryAt?: number | undefined
}

export interface Running {
  kind: 'running'
  id: string
  startedAt: number
}

export interface Terminated {
  kind: 'terminated'
  id: string
  exitCode: number
  signal?: number | undefined
  reason: string
  message?: string | undefined
  startedAt: number
  finishedAt: number
  /** It was ended so that it runs again with other resources, whatever its restart policy. */
  isResize?: true | undefined
}

export type ContainerState = Waiting | Running | Terminated

/** What the node knows about one container. Times are milliseconds since the epoch. */
export interface ContainerView {
  state: ContainerState
  /** How the run before the present one ended. */
  last?: Terminated | undefined
  restartCount: number
  backOff?: BackOff | undefined
  /** SIGTERM was sent, or the preStop hook runs. */
  stopping: boolean
  /** The startup probe has succeeded, or there is none. */
  started: boolean
  /** The readiness probe succeeds, or there is none. */
  passing: boolean
  imageID: string
  /** What the present run has by now. */
  given?: ResourceRequirements | undefined
  /** Who the present or last run runs as. */
  user?: ContainerUser | undefined
  /** It is being ended so that it runs again with other resources. */
  resizing?: boolean | undefined
}

/** The reason of a container whose command could not be executed: exit code 128, as container runtimes report it. */
export const START_ERROR = 'StartError'

export const newView = (): ContainerView => ({
  state: { kind: 'waiting', reason: 'ContainerCreating' },
  restartCount: 0,
  stopping: false,
  started: false,
  passing: false,
  imageID: '',
})

/** A sidecar: an init container that keeps running (KEP-753). */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** Containers for debugging, which were added to a running pod: they have the fields of containers, and one more. */
export const ephemeralContainers = (pod: Pod): Container[] =>
  (pod.spec.ephemeralContainers ?? []) as readonly EphemeralContainer[] as Container[]

/** All that may run in a pod. */
export const runnableContainers = (pod: Pod): Container[] => [
  ...allContainers(pod),
  ...ephemeralContainers(pod),
]

/** Init containers, then containers, in order. */
export const allContainers = (pod: Pod): Container[] => [
  ...(pod.spec.initContainers ?? []),
  ...pod.spec.containers,
]

/**
 * The view of a container after this process has started anew: what ran has ended with its process, because
 * leftover processes are killed first. `exitCode` tells how it ended where that was written down.
 */
export function viewFromStatus(status: ContainerStatus, now: number, exitCode?: number): ContainerView {
  const view: ContainerView = { ...newView(), restartCount: status.restartCount, imageID: status.imageID }
  const { user } = status
  if (user?.linux) {
    const { uid, gid, supplementalGroups = [] } = user.linux
    view.user = { uid, gid, additionalGids: supplementalGroups }
  }
  const last = terminated(status.lastState?.terminated)
  if (last) view.last = last
  const ended = terminated(status.state?.terminated)
  const running = status.state?.running
  if (ended) view.state = ended
  else if (running)
    view.state = {
      kind: 'terminated',
      id: idOf(status.containerID),
      ...(exitCode === undefined
        ? {
            exitCode: 137,
            reason: 'ContainerStatusUnknown',
            message: 'The node stopped while this container was running',
          }
        : { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }),
      startedAt: timeOf(running.startedAt, now),
      finishedAt: now,
    }
  else if (last) view.state = last
  return view
}

function terminated(state: NonNullable<ContainerStatus['state']>['terminated']): Terminated | undefined {
  if (!state) return undefined
  return {
    kind: 'terminated',
    id: idOf(state.containerID),
    exitCode: state.exitCode,
    signal: state.signal,
    reason: state.reason ?? 'Error',
    message: state.message,
    startedAt: timeOf(state.startedAt, 0),
    finishedAt: timeOf(state.finishedAt, 0),
  }
}

/** The scheme of container ids in statuses: `drave://ID`. */
export const ID_SCHEME = 'drave://'

const idOf = (containerID: string | undefined): string => (containerID ?? '').slice(ID_SCHEME.length)

function timeOf(text: string | undefined, missing: number): number {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? missing : at
}
