import type { RunningContainer } from './pod-surroundings.ts'
import type { RunOutput } from './run-output.ts'

/** What belongs to one run of a container from its start. */
export interface RunParts {
  id: string
  startedAt: number
  output: RunOutput
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
