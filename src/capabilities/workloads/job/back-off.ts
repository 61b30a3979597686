import type { ContainerStatus, Pod } from '../../../kube/generated/core-v1.ts'

/** Waits after failures: 10 s doubling to 10 min. */
const BASE_MS = 10_000
const LONGEST_MS = 600_000

/** The failures of a Job since its last success. */
export interface BackOff {
  failures: number
  /** Milliseconds since the epoch; undefined without failures. */
  lastFailure: number | undefined
}

export const NO_BACK_OFF: BackOff = { failures: 0, lastFailure: undefined }

/** A success forgives the failures before it. */
export function nextBackOff(before: BackOff, succeeded: readonly Pod[], failed: readonly Pod[]): BackOff {
  const failures = failed.map(finishedAt).sort((a, b) => a - b)
  if (succeeded.length === 0)
    return failures.length === 0
      ? before
      : { failures: before.failures + failures.length, lastFailure: failures.at(-1) }
  const lastSuccess = Math.max(...succeeded.map(finishedAt))
  const after = failures.filter(time => time > lastSuccess)
  return { failures: after.length, lastFailure: after.at(-1) }
}

/** Milliseconds until a new pod may start. */
export function backOffMs({ failures, lastFailure }: BackOff, now: number): number {
  if (failures === 0 || lastFailure === undefined) return 0
  return Math.max(0, Math.min(LONGEST_MS, BASE_MS * 2 ** (failures - 1)) - (now - lastFailure))
}

/** When a pod ended: its last container, or when it stopped being ready, was deleted, or was created. */
export function finishedAt({ status, spec, metadata }: Pod): number {
  const sidecars = new Set(
    (spec.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  )
  const main = latestEnd(status?.containerStatuses ?? [])
  const beside = latestEnd((status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)))
  if (main !== undefined) return Math.max(main, beside ?? 0)
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime)
  if (metadata.deletionTimestamp)
    return Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
  return Date.parse(metadata.creationTimestamp)
}

/** Undefined while one of the containers has not ended. */
function latestEnd(statuses: readonly ContainerStatus[]): number | undefined {
  const ends = statuses.map(({ state }) => state?.terminated?.finishedAt)
  if (ends.length === 0 || ends.includes(undefined)) return undefined
  return Math.max(...ends.map(end => Date.parse(end ?? '')))
}
