import type { Node, NodeCondition, Taint } from '../../../kube/generated/core-v1.ts'
import { findCondition } from '../../../kube/conditions.ts'
import { toTime } from '../../../lib/clock.ts'

/** How long a node may be silent; longer before its first report, as upstream's controller is configured. */
const GRACE_MS = 50_000
const STARTUP_GRACE_MS = 60_000
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export const graceMs = (node: Node): number =>
  findCondition(node.status?.conditions, 'Ready') ? GRACE_MS : STARTUP_GRACE_MS

/** The conditions of a node that has been silent too long; undefined when they say so already. */
export function silentConditions(node: Node, now: number): NodeCondition[] | undefined {
  const conditions = node.status?.conditions ?? []
  const known = new Set(conditions.map(({ type }) => type))
  const lastTransitionTime = toTime(now)
  const unknown = conditions.map(condition =>
    REPORTED.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime,
        }
      : condition,
  )
  const missing = REPORTED.filter(type => !known.has(type)).map(type => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime,
  }))
  const isSame = missing.length === 0 && unknown.every((condition, index) => condition === conditions[index])
  return isSame ? undefined : [...unknown, ...missing]
}

const PREFIX = 'node.kubernetes.io/'
/** Taints by condition and status. */
const BY_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: 'not-ready', Unknown: 'unreachable' },
  MemoryPressure: { True: 'memory-pressure' },
  DiskPressure: { True: 'disk-pressure' },
  NetworkUnavailable: { True: 'network-unavailable' },
  PIDPressure: { True: 'pid-pressure' },
}
const MANAGED = new Set([
  'unschedulable',
  ...Object.values(BY_CONDITION).flatMap(statuses => Object.values(statuses)),
])

/** Taints that this controller puts on and takes off; all others are left alone. */
const isManaged = ({ key, effect }: Taint): boolean => {
  if (!key.startsWith(PREFIX)) return false
  const name = key.slice(PREFIX.length)
  if (effect === 'NoSchedule') return MANAGED.has(name)
  return effect === 'NoExecute' && (name === 'not-ready' || name === 'unreachable')
}

/**
 * Whether pods are sent away from nodes that are not ready: not while all are. Then it is rather this controller that
 * hears of none, or there is nowhere to go; upstream's zones call it full disruption.
 */
export const canEvict = (nodes: readonly Node[]): boolean =>
  nodes.some(({ status }) => findCondition(status?.conditions, 'Ready')?.status === 'True')

/**
 * The taints that a node should have: pods are kept off by its conditions, and sent away when it is not ready and
 * `evicts`. Undefined when it has them.
 */
export function wantedTaints(
  node: Node,
  { now, evicts }: { now: number; evicts: boolean },
): Taint[] | undefined {
  const current = node.spec?.taints ?? []
  const names = (node.status?.conditions ?? []).flatMap(
    ({ type, status }) => BY_CONDITION[type]?.[status] ?? [],
  )
  const timeAdded = toTime(now)
  const wanted: Taint[] = names.map(name => ({ key: PREFIX + name, effect: 'NoSchedule', timeAdded }))
  if (node.spec?.unschedulable)
    wanted.push({ key: `${PREFIX}unschedulable`, effect: 'NoSchedule', timeAdded })
  for (const name of names)
    if (evicts && (name === 'not-ready' || name === 'unreachable'))
      wanted.push({ key: PREFIX + name, effect: 'NoExecute', timeAdded })
  const isAmong = (taints: readonly Taint[]) => (taint: Taint) =>
    taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)
  const surplus = current.filter(taint => isManaged(taint) && !isAmong(wanted)(taint))
  const missing = wanted.filter(taint => !isAmong(current)(taint))
  if (surplus.length + missing.length === 0) return undefined
  return [...current.filter(taint => !surplus.includes(taint)), ...missing]
}
