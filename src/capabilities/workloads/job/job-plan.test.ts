import { describe, expect, it } from 'vitest'
import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { meta, pod } from '../testing/objects.ts'
import { expiresInMs } from '../ttl/ttl-after-finished.ts'
import { type BackOff, backOffMs, NO_BACK_OFF, nextBackOff } from './back-off.ts'
import { COMPLETION_INDEX, TRACKING } from './job-facts.ts'
import { type JobPlan, type JobView, planJob } from './job-plan.ts'
import { settle, trackPods } from './job-status.ts'

const now = Date.parse('2026-01-01T00:10:00Z')

const job = (spec: Partial<Job['spec']> = {}, status: Job['status'] = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta('test'),
  spec: {
    parallelism: 2,
    completions: 3,
    backoffLimit: 1,
    template: { spec: { containers: [{ name: 'a', image: 'b' }], restartPolicy: 'Never' } },
    ...spec,
  },
  status: { startTime: '2026-01-01T00:00:00Z', ...status },
})
const indexed = (spec: Partial<Job['spec']> = {}, status: Job['status'] = {}) =>
  job({ completionMode: 'Indexed', ...spec }, status)

interface Shape {
  index?: number
  exitCode?: number
  failures?: number
  at?: string
  gone?: boolean
  condition?: string
  restarts?: number
}

/** A tracked pod of the Job. */
function worker(name: string, phase: string, shape: Shape = {}): Pod {
  const base = pod(name, {
    phase,
    meta: {
      finalizers: [TRACKING],
      annotations: {
        ...(shape.index === undefined ? {} : { [COMPLETION_INDEX]: String(shape.index) }),
        ...(shape.failures === undefined
          ? {}
          : { 'batch.kubernetes.io/job-index-failure-count': String(shape.failures) }),
      },
      ...(shape.gone ? { deletionTimestamp: '2026-01-01T00:09:00Z' } : {}),
    },
  })
  const terminated = { exitCode: shape.exitCode ?? 1, finishedAt: shape.at ?? '2026-01-01T00:00:00Z' }
  const container = { name: 'a', image: '', imageID: '', ready: false, restartCount: shape.restarts ?? 0 }
  const hasEnded = phase === 'Failed' || phase === 'Succeeded'
  const conditions = [
    ...(base.status?.conditions ?? []),
    ...(shape.condition ? [{ type: shape.condition, status: 'True' }] : []),
  ]
  const containerStatuses = [{ ...container, ...(hasEnded ? { state: { terminated } } : {}) }]
  return { ...base, status: { ...base.status, conditions, containerStatuses } }
}

const view = (pods: readonly Pod[], more: Partial<JobView> = {}): JobView => ({
  pods,
  untracked: new Set(),
  backOff: NO_BACK_OFF,
  now,
  mayManage: true,
  ...more,
})

function told(plan: JobPlan): string {
  if (plan.ending) return `${plan.ending.type} ${plan.ending.reason}`
  const create = plan.create.map(({ index }) => index ?? 'any').join(',')
  const remove = plan.remove.map(({ metadata }) => metadata.name).join(',')
  return `create ${create || 'none'}, remove ${remove || 'none'}, wait ${plan.recheckMs ?? 0}`
}

const done = (name: string, shape?: Shape) => worker(name, 'Succeeded', shape)
const failed = (name: string, shape?: Shape) => worker(name, 'Failed', shape)
const running = (name: string, shape?: Shape) => worker(name, 'Running', shape)

const policy = (action: string, ...values: number[]) => ({
  podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values } }] },
})

describe('planJob', () => {
  const table: [string, Job, Pod[], string][] = [
    ['starts its pods', job(), [], 'create any,any, remove none, wait 0'],
    ['runs no more than are missing', job(), [done('a'), done('b')], 'create any, remove none, wait 0'],
    ['has enough running', job(), [running('a'), running('b')], 'create none, remove none, wait 0'],
    ['is done', job({}, { succeeded: 2 }), [done('a')], 'SuccessCriteriaMet CompletionsReached'],
    [
      'is done although one still runs',
      job({}, { succeeded: 3 }),
      [running('a')],
      'SuccessCriteriaMet CompletionsReached',
    ],
    [
      'shrinks with parallelism',
      job({ parallelism: 1 }),
      [running('a'), running('b')],
      'create none, remove a, wait 0',
    ],
    [
      'waits after a failure',
      job(),
      [failed('a', { at: '2026-01-01T00:09:55Z' })],
      'create none, remove none, wait 5000',
    ],
    ['fails beyond the limit', job({}, { failed: 1 }), [failed('a')], 'FailureTarget BackoffLimitExceeded'],
    [
      'counts restarts with OnFailure',
      job({ template: { spec: { containers: [], restartPolicy: 'OnFailure' } } }),
      [running('a', { restarts: 1 })],
      'FailureTarget BackoffLimitExceeded',
    ],
    [
      'fails past its deadline',
      job({ activeDeadlineSeconds: 600 }),
      [running('a')],
      'FailureTarget DeadlineExceeded',
    ],
    [
      'looks again at its deadline',
      job({ activeDeadlineSeconds: 700 }),
      [running('a'), running('b')],
      'create none, remove none, wait 100000',
    ],
    ['removes all when suspended', job({ suspend: true }), [running('a')], 'create none, remove a, wait 0'],
    [
      'a work queue goes on until its first success',
      job({ completions: undefined }),
      [running('a')],
      'create any, remove none, wait 0',
    ],
    [
      'and then lets the others end',
      job({ completions: undefined }),
      [done('a'), running('b')],
      'create none, remove none, wait 0',
    ],
    [
      'and then is done',
      job({ completions: undefined }),
      [done('a')],
      'SuccessCriteriaMet CompletionsReached',
    ],
    [
      'replaces terminating pods at once',
      job({ backoffLimit: 6, completions: 2 }),
      [running('a', { gone: true }), running('b')],
      'create any, remove none, wait 0',
    ],
    [
      'or waits for them',
      job({ completions: 2, podReplacementPolicy: 'Failed' }),
      [running('a', { gone: true }), running('b')],
      'create none, remove none, wait 0',
    ],
    [
      'an ending stays announced',
      job({}, { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'DeadlineExceeded' }] }),
      [],
      'FailureTarget DeadlineExceeded',
    ],
    [
      'ignores failures by policy',
      job(policy('Ignore', 42), { failed: 1 }),
      [failed('a', { exitCode: 42 })],
      'create any,any, remove none, wait 0',
    ],
    [
      'fails by policy',
      job(policy('FailJob', 42)),
      [failed('a', { exitCode: 42 })],
      'FailureTarget PodFailurePolicy',
    ],
    [
      'other exit codes count',
      job(policy('FailJob', 42)),
      [failed('a', { exitCode: 1 })],
      'create any,any, remove none, wait 0',
    ],
    [
      'fails by condition',
      job({
        podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      }),
      [failed('a', { condition: 'DisruptionTarget' })],
      'FailureTarget PodFailurePolicy',
    ],
    ['indexed: starts the first', indexed(), [], 'create 0,1, remove none, wait 0'],
    [
      'indexed: fills gaps',
      indexed({}, { completedIndexes: '0' }),
      [running('a', { index: 2 })],
      'create 1, remove none, wait 0',
    ],
    [
      'indexed: is done',
      indexed({}, { completedIndexes: '0,1' }),
      [done('a', { index: 2 })],
      'SuccessCriteriaMet CompletionsReached',
    ],
    [
      'indexed: removes duplicates',
      indexed(),
      [running('a', { index: 0 }), running('b', { index: 0 })],
      'create none, remove a, wait 0',
    ],
    [
      'indexed: shrinks elastically',
      indexed({ completions: 1, parallelism: 1 }),
      [running('a', { index: 0 }), running('b', { index: 1 })],
      'create none, remove b, wait 0',
    ],
    [
      'per index: tries again after its back-off',
      indexed({ backoffLimitPerIndex: 1, completions: 2 }),
      [failed('a', { index: 0, failures: 0 })],
      'create 0,1, remove none, wait 0',
    ],
    [
      'per index: waits',
      indexed({ backoffLimitPerIndex: 1, completions: 1 }),
      [failed('a', { index: 0, failures: 0, at: '2026-01-01T00:09:58Z' })],
      'create none, remove none, wait 8000',
    ],
    [
      'per index: gives an index up',
      indexed({ backoffLimitPerIndex: 1, completions: 2 }),
      [failed('a', { index: 0, failures: 1 })],
      'create 1, remove none, wait 0',
    ],
    [
      'per index: fails when all have ended',
      indexed({ backoffLimitPerIndex: 0, completions: 2 }, { completedIndexes: '1' }),
      [failed('a', { index: 0, failures: 0 })],
      'FailureTarget FailedIndexes',
    ],
    [
      'per index: fails at maxFailedIndexes',
      indexed({ backoffLimitPerIndex: 0, maxFailedIndexes: 0 }),
      [failed('a', { index: 0, failures: 0 })],
      'FailureTarget MaxFailedIndexesExceeded',
    ],
    [
      'per index: fails an index by policy',
      indexed({ backoffLimitPerIndex: 5, completions: 1, ...policy('FailIndex', 42) }),
      [failed('a', { index: 0, failures: 0, exitCode: 42 })],
      'FailureTarget FailedIndexes',
    ],
    [
      'succeeds by policy',
      indexed({ successPolicy: { rules: [{ succeededIndexes: '2' }] } }),
      [done('a', { index: 2 }), running('b', { index: 0 })],
      'SuccessCriteriaMet SuccessPolicy',
    ],
    [
      'by a count of some',
      indexed({ successPolicy: { rules: [{ succeededIndexes: '1,2', succeededCount: 1 }] } }),
      [done('a', { index: 2 })],
      'SuccessCriteriaMet SuccessPolicy',
    ],
    [
      'not before',
      indexed({ successPolicy: { rules: [{ succeededIndexes: '1,2' }] } }),
      [done('a', { index: 2 })],
      'create 0,1, remove none, wait 0',
    ],
  ]
  it.each(table)('%s', (_, of, pods, expected) => {
    // With a limit per index the defaults leave that of the Job open.
    const subject =
      of.spec.backoffLimitPerIndex === undefined ? of : { ...of, spec: { ...of.spec, backoffLimit: 99 } }
    expect(told(planJob(subject, view(pods)))).toBe(expected)
  })
  it('says which rule failed it, in the words of upstream', () => {
    const plan = planJob(job(policy('FailJob', 42)), view([failed('a', { exitCode: 42 })]))
    expect(plan.ending?.message).toBe(
      'Container a for pod default/a failed with exit code 42 matching FailJob rule at index 0',
    )
  })
  it('creates nothing while the view is stale', () => {
    expect(told(planJob(job(), view([], { mayManage: false })))).toBe('create none, remove none, wait 0')
  })
})

describe('the status of a Job', () => {
  const none = { created: 0, removed: [] }
  it('lists results before it counts them', () => {
    const pods = [done('a'), failed('b'), running('c')]
    const plan = planJob(job({ backoffLimit: 6 }), view(pods))
    const tracking = trackPods(job(), view(pods), { plan, outcome: none })
    expect(tracking.status).toMatchObject({
      active: 1,
      uncountedTerminatedPods: { succeeded: ['uid-a'], failed: ['uid-b'] },
    })
    expect(tracking.status.succeeded).toBeUndefined()
    expect(tracking.untrack.map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
    expect(settle(job(), tracking, { ending: plan.ending, now })).toMatchObject({
      succeeded: 1,
      failed: 1,
      uncountedTerminatedPods: {},
    })
  })
  it('counts what a crash left listed, once', () => {
    const before = job({}, { succeeded: 1, uncountedTerminatedPods: { succeeded: ['uid-gone', 'uid-a'] } })
    const pods = [done('a')]
    const plan = planJob(before, view(pods))
    expect(plan.ending?.reason).toBe('CompletionsReached')
    const tracking = trackPods(before, view(pods), { plan, outcome: none })
    expect(tracking.status).toMatchObject({ succeeded: 2, uncountedTerminatedPods: { succeeded: ['uid-a'] } })
    expect(settle(before, tracking, { ending: plan.ending, now })).toMatchObject({ succeeded: 3 })
  })
  it('concludes when nothing runs any more, with both conditions', () => {
    const ended = (pods: Pod[]) => {
      const plan = planJob(job({ activeDeadlineSeconds: 1 }), view(pods))
      const tracking = trackPods(job(), view(pods), { plan, outcome: { created: 0, removed: plan.remove } })
      return settle(job(), tracking, { ending: plan.ending, now }).conditions?.map(({ type }) => type)
    }
    expect(ended([running('a')])).toEqual(['FailureTarget'])
    expect(ended([failed('a')])).toEqual(['FailureTarget', 'Failed'])
  })
  it('has the indexes as text', () => {
    const of = indexed(
      { backoffLimitPerIndex: 0, completions: 5, backoffLimit: 9 },
      { completedIndexes: '0' },
    )
    const pods = [done('a', { index: 1 }), failed('b', { index: 3 })]
    const tracking = trackPods(of, view(pods), { plan: planJob(of, view(pods)), outcome: none })
    expect(tracking.status).toMatchObject({ completedIndexes: '0,1', failedIndexes: '3', succeeded: 2 })
  })
})

describe('the back-off of a Job', () => {
  const at = (second: number) => failed(`f${second}`, { at: `2026-01-01T00:09:${second}Z` })
  it('doubles up to ten minutes', () => {
    const waits = [1, 2, 3, 20].map(failures => backOffMs({ failures, lastFailure: now }, now))
    expect(waits).toEqual([10_000, 20_000, 40_000, 600_000])
  })
  it('is forgiven by a success', () => {
    const before: BackOff = { failures: 5, lastFailure: now }
    expect(nextBackOff(before, [], [at(10)]).failures).toBe(6)
    expect(nextBackOff(before, [done('s', { at: '2026-01-01T00:09:20Z' })], [at(10), at(30)])).toEqual({
      failures: 1,
      lastFailure: Date.parse('2026-01-01T00:09:30Z'),
    })
  })
})

describe('expiresInMs', () => {
  const complete = [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:09:30Z' }]
  it.each([
    [60, complete, 30_000],
    [10, complete, 0],
    [undefined, complete, undefined],
    [60, [], undefined],
  ])('a time to live of %s s', (ttlSecondsAfterFinished, conditions, expected) => {
    expect(expiresInMs(job({ ttlSecondsAfterFinished }, { conditions }), now)).toBe(expected)
  })
})
