import type { PodSpec } from '../../../kube/generated/core-v1.ts'

/** The quality-of-service class that follows from requests and limits: Guaranteed, Burstable or BestEffort. */
export function qosClass(spec: PodSpec): string {
  const all = [...(spec.initContainers ?? []), ...spec.containers].map(container => container.resources ?? {})
  const counted = (list: Record<string, string> | undefined) =>
    ['cpu', 'memory'].filter(name => list?.[name] !== undefined)
  if (all.every(({ requests, limits }) => counted(requests).length + counted(limits).length === 0))
    return 'BestEffort'
  const guaranteed = all.every(
    ({ requests, limits }) =>
      counted(limits).length === 2 && counted(requests).every(name => requests?.[name] === limits?.[name]),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
