import type { Kind } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { healthOf } from '../health/health.ts'
import type { ApplicationOperationSync } from '../kinds/generated/application.ts'
import type { ComparedObject } from './compared-objects.ts'
import type { Hook } from './hooks.ts'
import type { OperationResults } from './operation-results.ts'
import type { SyncOptions } from './sync-options.ts'
import type { PlannedTask, TaskState } from './sync-plan.ts'
import { describeObject, hasSyncOption, identityOf, waveOf } from './target.ts'

/** A task with what it takes to do it. */
export interface SyncTask extends PlannedTask {
  kind: Kind | undefined
  /** What to apply; for a prune the live object. */
  object: ManifestObject | KubeObject
  compared: ComparedObject | undefined
  hook: Hook | undefined
}

export interface TaskInputs {
  compared: readonly ComparedObject[]
  hooks: readonly Hook[]
  sync: ApplicationOperationSync
  options: SyncOptions
  results: OperationResults
  liveOf(kind: Kind, object: ManifestObject | KubeObject): KubeObject | undefined
}

/** What an operation has to do, with how far each task is; objects that stay although unwanted are told apart. */
export function tasksOf(inputs: TaskInputs): { tasks: SyncTask[]; notPruned: KubeObject[] } {
  const { compared, hooks, sync, options } = inputs
  const isSelective = (sync.resources?.length ?? 0) > 0
  const tasks: SyncTask[] = []
  const notPruned: KubeObject[] = []
  for (const object of compared) {
    const subject = object.desired ?? object.live
    if (!subject || (isSelective && !isSelected(sync, subject))) continue
    if (object.desired) {
      if (options.applyOutOfSyncOnly && object.isSynced && !inputs.results.get(subject, 'Sync')) continue
      tasks.push(taskOf(inputs, { object: object.desired, kind: object.kind, compared: object }))
    } else if (object.live && !object.isSynced) {
      const isKept = !options.prune || hasSyncOption(object.live, 'Prune=false')
      if (sync.prune && !isKept)
        tasks.push({
          ...taskOf(inputs, { object: object.live, kind: object.kind, compared: object }),
          isPrune: true,
        })
      else notPruned.push(object.live)
    }
  }
  // Hooks are skipped when only some objects are synced, as in Argo CD.
  if (!isSelective)
    for (const hook of hooks) tasks.push(taskOf(inputs, { object: hook.object, kind: hook.kind, hook }))
  return { tasks: withPruneLast(tasks, options), notPruned }
}

/** PruneLast puts what is pruned after every wave; without it prunes keep their wave among prunes. */
function withPruneLast(tasks: SyncTask[], options: SyncOptions): SyncTask[] {
  return tasks.map(task =>
    task.isPrune && (options.pruneLast || hasSyncOption(task.object, 'PruneLast=true'))
      ? { ...task, wave: Number.MIN_SAFE_INTEGER }
      : task,
  )
}

const isSelected = (sync: ApplicationOperationSync, object: ManifestObject | KubeObject): boolean =>
  (sync.resources ?? []).some(
    wanted =>
      identityOf({
        apiVersion: wanted.group ? `${wanted.group}/v` : 'v',
        kind: wanted.kind,
        metadata: { name: wanted.name, namespace: wanted.namespace || object.metadata.namespace },
      }) === identityOf(object),
  )

interface Subject {
  object: ManifestObject | KubeObject
  kind: Kind | undefined
  compared?: ComparedObject
  hook?: Hook
}

function taskOf(inputs: TaskInputs, { object, kind, compared, hook }: Subject): SyncTask {
  const phase = hook?.phase ?? 'Sync'
  return {
    name: describeObject(object),
    kindName: object.kind,
    phase,
    wave: waveOf(object),
    isHook: hook !== undefined,
    isPrune: false,
    kind,
    object,
    compared,
    hook,
    state: stateOf(inputs, { object, kind, isHook: hook !== undefined, phase }),
  }
}

function stateOf(
  { results, liveOf }: TaskInputs,
  { object, kind, isHook, phase }: Subject & { isHook: boolean; phase: PlannedTask['phase'] },
): TaskState {
  const result = results.get(object, phase)
  if (!result) return { kind: 'pending' }
  if (result.status === 'SyncFailed' || result.hookPhase === 'Failed' || result.hookPhase === 'Error')
    return { kind: 'failed', message: result.message ?? 'failed' }
  if (isHook && result.hookPhase === 'Succeeded') return { kind: 'applied', health: 'ok' }
  const live = kind && liveOf(kind, object)
  if (!live)
    return isHook ? { kind: 'failed', message: 'the hook is gone' } : { kind: 'applied', health: 'ok' }
  const health = healthOf(live)
  if (!health || health.status === 'Healthy') return { kind: 'applied', health: 'ok' }
  return {
    kind: 'applied',
    health: health.status === 'Degraded' ? 'degraded' : 'waiting',
    message: health.message,
  }
}
