import type { Pod } from '../../kube/generated/core-v1.ts'
import { parseDuration } from '../../lib/go-duration.ts'

/** The stages of a pod whose delay can be set, by the names of KWOK's stages. */
type DelayedStage =
  | 'pod-create'
  | 'pod-init-container-completed'
  | 'pod-ready'
  | 'pod-complete'
  | 'pod-delete'

const annotationOf = (stage: DelayedStage): string => `${stage}.stage.kwok.x-k8s.io/delay`
const EXIT_CODE = 'simulator.drave.dev/exit-code'
const READY = 'simulator.drave.dev/ready'

/** Pods of Jobs end after so long. */
const COMPLETE_MS = 1000

/** How long a stage takes, in milliseconds; what is not a duration counts as not set. */
export function delayOf(pod: Pod, stage: DelayedStage): number {
  const text = pod.metadata.annotations?.[annotationOf(stage)]
  const given = text === undefined ? undefined : milliseconds(text)
  return given ?? (stage === 'pod-complete' ? COMPLETE_MS : 0)
}

function milliseconds(text: string): number | undefined {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Whether the containers end by themselves: those of Jobs, and those that say after how long. */
export const ends = ({ metadata }: Pod): boolean =>
  metadata.annotations?.[annotationOf('pod-complete')] !== undefined ||
  (metadata.ownerReferences ?? []).some(({ kind }) => kind === 'Job')

/** What the containers end with. */
export const exitCodeOf = ({ metadata }: Pod): number => {
  const text = metadata.annotations?.[EXIT_CODE] ?? '0'
  return /^\d{1,3}$/.test(text) ? Number(text) : 0
}

export const becomesReady = ({ metadata }: Pod): boolean => metadata.annotations?.[READY] !== 'false'
