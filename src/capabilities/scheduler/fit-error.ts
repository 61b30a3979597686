import type { Refusal } from './filters/filter.ts'

/** Why no node took a pod. */
export interface Diagnosis {
  readonly nodes: number
  /** Set where a plugin refused all nodes at once. */
  readonly refusedAll: { plugin: string; reason: string; helpedByPreemption: boolean } | undefined
  readonly refusals: ReadonlyMap<string, Refusal>
  /** Names the plugin that left the other nodes out beforehand. */
  readonly narrowedBy: string | undefined
}

/** The message of the event and the condition, as kube-scheduler words it: reasons counted and sorted. */
export function fitMessage(diagnosis: Diagnosis, preemption = ''): string {
  const { nodes, refusedAll, refusals, narrowedBy } = diagnosis
  if (nodes === 0) return 'no nodes available to schedule pods'
  const counts = new Map<string, number>()
  for (const { reasons } of refusals.values())
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  if (narrowedBy && refusals.size < nodes)
    counts.set(`node(s) didn't satisfy plugin(s) [${narrowedBy}]`, nodes - refusals.size)
  const why = refusedAll
    ? refusedAll.reason
    : [...counts]
        .map(([reason, count]) => `${count} ${reason}`)
        .sort()
        .join(', ')
  return `0/${nodes} nodes are available:${why ? ` ${why}.` : ''}${preemption ? ` ${preemption}` : ''}`
}

/** The plugins whose refusal an event must lift before another try makes sense. */
export function refusingPlugins({ refusedAll, refusals }: Diagnosis): ReadonlySet<string> {
  if (refusedAll) return new Set([refusedAll.plugin])
  return new Set([...refusals.values()].map(({ plugin }) => plugin))
}
