import type { Container, ContainerStatus, Pod } from '../generated/core-v1.ts'

/** What `kubectl get pods` says of a pod's state: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` … */
export function podStatus(pod: Pod): string {
  const { status = {}, metadata, spec } = pod
  const scheduled = status.conditions?.find(condition => condition.type === 'PodScheduled')
  let reason = status.reason || status.phase || ''
  if (scheduled?.reason === 'SchedulingGated') reason = 'SchedulingGated'
  const initializing = initReason(pod)
  if (initializing !== undefined) reason = initializing
  else {
    let hasRunning = false
    for (const container of (status.containerStatuses ?? []).toReversed()) {
      const { waiting, terminated, running } = container.state ?? {}
      if (waiting?.reason) reason = waiting.reason
      else if (terminated?.reason) reason = terminated.reason
      else if (terminated) reason = endedBy(terminated)
      else if (container.ready && running) hasRunning = true
    }
    if (reason === 'Completed' && hasRunning) {
      const ready = status.conditions?.find(condition => condition.type === 'Ready')
      reason = ready?.status === 'True' ? 'Running' : 'NotReady'
    }
  }
  if (!metadata.deletionTimestamp) return reason
  if (status.reason === 'NodeLost') return 'Unknown'
  return isTerminalPhase(status.phase) && spec ? reason : 'Terminating'
}

const isTerminalPhase = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed'
const endedBy = ({ signal, exitCode }: { signal?: number | undefined; exitCode: number }) =>
  signal ? `Signal:${signal}` : `ExitCode:${exitCode}`

/** Init containers that go on running beside the others. */
const isSidecar = (container: Container | undefined) => container?.restartPolicy === 'Always'

/** The state of the first init container that is not done, or undefined. */
function initReason({ spec, status }: Pod): string | undefined {
  const containers = spec?.initContainers ?? []
  for (const [index, state] of (status?.initContainerStatuses ?? []).entries()) {
    const { waiting, terminated } = state.state ?? {}
    if (terminated?.exitCode === 0) continue
    const container = containers.find(candidate => candidate.name === state.name)
    if (isSidecar(container) && state.started) continue
    if (terminated) return `Init:${terminated.reason || endedBy(terminated)}`
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${index}/${containers.length}`
  }
  return undefined
}

export interface PodCounts {
  ready: number
  total: number
  restarts: number
  /** When the last restart was, if any. */
  lastRestart: string | undefined
}

/** READY and RESTARTS: sidecars count among the containers. */
export function podCounts({ spec, status }: Pod): PodCounts {
  const sidecars = new Set((spec?.initContainers ?? []).filter(isSidecar).map(container => container.name))
  const states: ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []).filter(state => sidecars.has(state.name)),
    ...(status?.containerStatuses ?? []),
  ]
  const inits = status?.initContainerStatuses ?? []
  const stillStarting = inits.some(
    state => !sidecars.has(state.name) && state.state?.terminated?.exitCode !== 0,
  )
  const counted = stillStarting ? inits : states
  const ends = counted.map(state => state.lastState?.terminated?.finishedAt ?? '').sort()
  return {
    ready: states.filter(state => state.ready && (state.state?.running || sidecars.has(state.name))).length,
    total: (spec?.containers?.length ?? 0) + sidecars.size,
    restarts: counted.reduce((sum, state) => sum + (state.restartCount ?? 0), 0),
    lastRestart: ends.at(-1) || undefined,
  }
}
