import { kindPlace } from './kind-order.ts'

/** Where a task is in its operation. */
export type TaskState =
  | { kind: 'pending' }
  /** Applied; `health` is of the live object, undefined for kinds without. */
  | { kind: 'applied'; health: 'ok' | 'waiting' | 'degraded'; message?: string | undefined }
  | { kind: 'failed'; message: string }

export type Phase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail'

/** One object to apply or to prune within an operation. */
export interface PlannedTask {
  name: string
  kindName: string
  phase: Phase
  wave: number
  isHook: boolean
  isPrune: boolean
  state: TaskState
}

export type NextStep<T extends PlannedTask> =
  | { kind: 'apply'; tasks: T[] }
  | { kind: 'wait'; message: string }
  | { kind: 'fail'; message: string }
  | { kind: 'done' }

const phases: readonly Phase[] = ['PreSync', 'Sync', 'PostSync']

/** Tasks that are done together: a phase's wave, or a wave of what is pruned. */
function groupsOf<T extends PlannedTask>(tasks: readonly T[]): T[][] {
  const key = (task: T): number[] => [
    phases.indexOf(task.phase),
    task.isPrune ? 1 : 0,
    // What came last goes first.
    task.isPrune ? -task.wave : task.wave,
  ]
  const sorted = [...tasks].sort((a, b) => {
    const [left, right] = [key(a), key(b)]
    for (const [index, value] of left.entries()) {
      const other = right[index] ?? 0
      if (value !== other) return value - other
    }
    const byKind = kindPlace(a.kindName) - kindPlace(b.kindName)
    const order = byKind !== 0 ? byKind : a.name < b.name ? -1 : 1
    return a.isPrune ? -order : order
  })
  const groups: T[][] = []
  for (const task of sorted) {
    const current = groups.at(-1)
    const first = current?.[0]
    if (current && first && key(first).every((value, index) => value === key(task)[index])) current.push(task)
    else groups.push([task])
  }
  return groups
}

/**
 * The next step of a sync: waves in order, each healthy before the next begins; hooks finished before their
 * wave is over; what is pruned last, in reverse order.
 */
export function nextStep<T extends PlannedTask>(tasks: readonly T[]): NextStep<T> {
  const groups = groupsOf(tasks.filter(task => task.phase !== 'SyncFail'))
  for (const [index, group] of groups.entries()) {
    const failed = group.flatMap(task =>
      task.state.kind === 'failed' ? [{ task, message: task.state.message }] : [],
    )
    if (failed.length > 0)
      return {
        kind: 'fail',
        message: failed.map(({ task, message }) => `${task.name}: ${message}`).join('; '),
      }
    const pending = group.filter(task => task.state.kind === 'pending')
    if (pending.length > 0) return { kind: 'apply', tasks: pending }
    const isLast = index === groups.length - 1
    // Objects of the last wave are not waited for: the Application's health tells of them. Hooks are.
    const gated = group.filter(task => (task.isHook || !isLast) && !task.isPrune)
    const degraded = gated.filter(task => task.state.kind === 'applied' && task.state.health === 'degraded')
    if (degraded.length > 0)
      return {
        kind: 'fail',
        message: degraded.map(task => `${task.name} is degraded${because(task)}`).join('; '),
      }
    const waiting = gated.filter(task => task.state.kind === 'applied' && task.state.health === 'waiting')
    const [first] = waiting
    if (first) {
      const more = waiting.length > 1 ? ` and ${waiting.length - 1} more` : ''
      const what = first.isHook ? 'completion of hook' : 'healthy state of'
      return {
        kind: 'wait',
        message: `waiting for ${what} ${first.name}${more} (${first.phase}, wave ${first.wave})${because(first)}`,
      }
    }
  }
  return { kind: 'done' }
}

const because = (task: PlannedTask): string =>
  task.state.kind === 'applied' && task.state.message ? `: ${task.state.message}` : ''
