import { describe, expect, it } from 'vitest'
import { nextStep, type Phase, type PlannedTask, type TaskState } from './sync-plan.ts'

const pending: TaskState = { kind: 'pending' }
const ok: TaskState = { kind: 'applied', health: 'ok' }
const waiting: TaskState = { kind: 'applied', health: 'waiting', message: '1 of 3 available' }
const degraded: TaskState = { kind: 'applied', health: 'degraded', message: 'crash' }

const task = (
  name: string,
  state: TaskState,
  more: Partial<PlannedTask> & { phase?: Phase } = {},
): PlannedTask => ({
  name,
  kindName: name.split(' ')[0] ?? '',
  phase: 'Sync',
  wave: 0,
  isHook: false,
  isPrune: false,
  state,
  ...more,
})
const summary = (tasks: PlannedTask[]): string => {
  const step = nextStep(tasks)
  if (step.kind === 'apply') return `apply ${step.tasks.map(item => item.name).join(', ')}`
  return 'message' in step ? `${step.kind} ${step.message}` : step.kind
}
const hook = { isHook: true, phase: 'PreSync' as const }
const prune = { isPrune: true }

describe('nextStep', () => {
  it.each<[string, PlannedTask[], string]>([
    ['nothing', [], 'done'],
    [
      'one wave in kind order',
      [
        task('Deployment a', pending),
        task('Foo b', pending),
        task('Namespace n', pending),
        task('ConfigMap c', pending),
      ],
      'apply Namespace n, ConfigMap c, Deployment a, Foo b',
    ],
    [
      'the lower wave first',
      [task('ConfigMap b', pending, { wave: 1 }), task('ConfigMap a', pending, { wave: -1 })],
      'apply ConfigMap a',
    ],
    [
      'waits for health between waves',
      [task('Deployment a', waiting), task('ConfigMap b', pending, { wave: 1 })],
      'wait waiting for healthy state of Deployment a (Sync, wave 0): 1 of 3 available',
    ],
    [
      'goes on when healthy',
      [task('Deployment a', ok), task('ConfigMap b', pending, { wave: 1 })],
      'apply ConfigMap b',
    ],
    ['does not wait after the last wave', [task('Deployment a', waiting)], 'done'],
    [
      'fails on a degraded object that others wait for',
      [task('Deployment a', degraded), task('ConfigMap b', pending, { wave: 1 })],
      'fail Deployment a is degraded: crash',
    ],
    [
      'fails on a failed one',
      [
        task('ConfigMap a', { kind: 'failed', message: 'refused' }),
        task('ConfigMap b', pending, { wave: 1 }),
      ],
      'fail ConfigMap a: refused',
    ],
    ['runs PreSync hooks first', [task('ConfigMap a', pending), task('Job h', pending, hook)], 'apply Job h'],
    [
      'waits for a hook',
      [task('ConfigMap a', pending), task('Job h', waiting, hook)],
      'wait waiting for completion of hook Job h (PreSync, wave 0): 1 of 3 available',
    ],
    [
      'waits for a last hook too',
      [task('ConfigMap a', ok), task('Job h', waiting, { isHook: true, phase: 'PostSync' })],
      'wait waiting for completion of hook Job h (PostSync, wave 0): 1 of 3 available',
    ],
    ['does not run SyncFail hooks', [task('Job h', pending, { isHook: true, phase: 'SyncFail' })], 'done'],
    [
      'prunes after applying, in reverse',
      [
        task('ConfigMap a', ok),
        task('ConfigMap b', pending, prune),
        task('Deployment c', pending, prune),
        task('Deployment d', pending, { ...prune, wave: 2 }),
      ],
      'apply Deployment d',
    ],
    [
      'prunes kinds in reverse',
      [task('ConfigMap b', pending, prune), task('Deployment c', pending, prune)],
      'apply Deployment c, ConfigMap b',
    ],
    [
      'prunes before PostSync hooks',
      [task('Job h', pending, { isHook: true, phase: 'PostSync' }), task('ConfigMap b', pending, prune)],
      'apply ConfigMap b',
    ],
  ])('%s', (_, tasks, expected) => expect(summary(tasks)).toBe(expected))
})
