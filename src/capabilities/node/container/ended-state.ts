import type { Container } from '../../../kube/generated/core-v1.ts'
import type { Terminated } from '../pod/container-view.ts'
import type { OutputTail } from './output-tail.ts'
import type { ProcessExit } from './process.ts'

/** How a run of a container ended, as far as is known. */
export interface ContainerEnd {
  id: string
  startedAt: number
  finishedAt: number
  exit: ProcessExit
  /** The kernel has killed it for want of memory. */
  isOutOfMemory: boolean
  /** What it wrote to its terminationMessagePath. */
  lastWords: string
  tail: OutputTail
}

/** The kubelet's words for a container whose end nobody saw. */
const UNKNOWN_END = 'The container could not be located when the pod was terminated'

/** The state of a container that has ended; `advice` is what the node has to say about it. */
export function endedState(
  container: Container | undefined,
  { id, startedAt, finishedAt, exit, isOutOfMemory, lastWords, tail }: ContainerEnd,
  advice: string | undefined,
): Terminated {
  const failed = exit.exitCode !== 0
  const fallback = container?.terminationMessagePolicy === 'FallbackToLogsOnError' && failed
  const unknown = exit.isUnknown ? UNKNOWN_END : undefined
  return {
    kind: 'terminated',
    id,
    exitCode: exit.exitCode,
    signal: exit.signal,
    reason: reasonOf(exit, isOutOfMemory),
    message: advice ?? unknown ?? (lastWords || (fallback ? tail.text() : undefined)),
    startedAt,
    finishedAt,
  }
}

function reasonOf({ exitCode, isUnknown }: ProcessExit, isOutOfMemory: boolean): string {
  if (isUnknown) return 'ContainerStatusUnknown'
  if (exitCode === 0) return 'Completed'
  return isOutOfMemory ? 'OOMKilled' : 'Error'
}
