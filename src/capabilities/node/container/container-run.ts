import type { ContainerLog } from '../logs/container-log.ts'
import type { Attachments } from '../streams/attachments.ts'
import type { OutputTail } from './output-tail.ts'
import type { RunningContainer } from './pod-surroundings.ts'

/** What belongs to one run of a container from its start. */
export interface RunParts {
  id: string
  startedAt: number
  log: ContainerLog
  tail: OutputTail
  attachments: Attachments
  terminationFile: string
}

/** A container while it runs, as its runner knows it. */
export interface ContainerRun extends RunningContainer {
  imageRoot: string | undefined
  address: string
  /** Aborts probes and hooks when the container stops or ends. */
  over: AbortController
  ended: Promise<void>
}
