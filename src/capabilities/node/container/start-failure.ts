import { PullError } from '../image/pull-error.ts'
import { type BackOff, nextBackOff } from '../pod/back-off.ts'
import { type ContainerState, START_ERROR } from '../pod/container-view.ts'
import { SandboxError } from '../runtime/container-runtime.ts'
import { VolumeError } from '../volumes/pod-volumes.ts'
import { ConfigError } from './config-error.ts'

/** How long a container waits whose configuration is not complete; a change of the ConfigMap or Secret ends it. */
const CONFIG_RETRY_MS = 10_000

interface Attempt {
  name: string
  image: string
  now: number
  /** In force since earlier failures to get the image. */
  pullBackOff: BackOff | undefined
}

interface StartFailure {
  state: ContainerState
  events: { type: 'Normal' | 'Warning'; reason: string; message: string }[]
  pullBackOff: BackOff | undefined
}

/** The state of a container that could not be started, by what went wrong. */
export function startFailure(error: Error, { name, image, now, pullBackOff }: Attempt): StartFailure {
  const { message } = error
  if (error instanceof PullError) {
    const next = nextBackOff(pullBackOff, now, now)
    const retryAt = now + next.delayMs
    const held = pullBackOff !== undefined && error.reason === 'ErrImagePull'
    return {
      state: held
        ? {
            kind: 'waiting',
            reason: 'ImagePullBackOff',
            message: `Back-off pulling image "${image}": ${error.reason}: ${message}`,
            retryAt,
          }
        : { kind: 'waiting', reason: error.reason, message, retryAt },
      events: [
        failed(`Failed to pull image "${image}": ${message}`),
        failed(`Error: ${held ? 'ImagePullBackOff' : error.reason}`),
        ...(held
          ? [{ type: 'Normal' as const, reason: 'BackOff', message: `Back-off pulling image "${image}"` }]
          : []),
      ],
      pullBackOff: next,
    }
  }
  const waiting = (reason: string): ContainerState => ({
    kind: 'waiting',
    reason,
    message,
    retryAt: now + CONFIG_RETRY_MS,
  })
  if (error instanceof SandboxError)
    return {
      state: waiting('ContainerCreating'),
      events: [warning('FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`)],
      pullBackOff,
    }
  if (error instanceof VolumeError)
    return { state: waiting('ContainerCreating'), events: [warning('FailedMount', message)], pullBackOff }
  if (error instanceof ConfigError) {
    return {
      state: waiting('CreateContainerConfigError'),
      events: [failed(`Error: ${message}`)],
      pullBackOff,
    }
  }
  const text = `failed to start container "${name}": ${message}`
  return {
    state: {
      kind: 'terminated',
      id: '',
      exitCode: 128,
      reason: START_ERROR,
      message: text,
      startedAt: now,
      finishedAt: now,
    },
    events: [failed(`Error: ${text}`)],
    pullBackOff,
  }
}

const warning = (reason: string, message: string) => ({ type: 'Warning' as const, reason, message })
const failed = (message: string) => warning('Failed', message)
