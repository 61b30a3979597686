import { describe, expect, it } from 'vitest'
import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { meta, pod } from '../testing/objects.ts'
import { planJob } from './job-plan.ts'
import { type Tally, tally, TRACKING } from './tally.ts'
import { unsupported } from './unsupported.ts'

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
const counted = (succeeded: number, failed: number, active: readonly Pod[] = []): Tally => ({
  active,
  ready: 0,
  terminating: 0,
  succeeded,
  failed,
  counted: [],
  uncounted: { succeeded: [], failed: [] },
})
const plan = (subject: Job, state: Tally, lastFailure?: number) =>
  planJob(subject, state, { lastFailure, now })

describe('a Job', () => {
  it.each([
    ['starts its pods', plan(job(), counted(0, 0)), { kind: 'run', create: 2 }],
    ['runs no more than are missing', plan(job(), counted(2, 0)), { kind: 'run', create: 1 }],
    ['has enough running', plan(job(), counted(0, 0, [pod('a'), pod('b')])), { kind: 'run', create: 0 }],
    ['is done', plan(job(), counted(3, 1)), { kind: 'finish', outcome: 'Complete' }],
    ['has failed too often', plan(job(), counted(0, 2)), { kind: 'finish', reason: 'BackoffLimitExceeded' }],
    [
      'took too long',
      plan(job({ activeDeadlineSeconds: 600 }), counted(0, 0, [pod('a')])),
      { kind: 'finish', outcome: 'Failed', reason: 'DeadlineExceeded' },
    ],
    [
      'has time left',
      plan(job({ activeDeadlineSeconds: 700 }), counted(0, 0)),
      { kind: 'run', create: 2, recheckMs: 100_000 },
    ],
    [
      'waits after a failure',
      plan(job(), counted(0, 1), now - 4000),
      { kind: 'run', create: 0, recheckMs: 6000 },
    ],
    ['goes on after the wait', plan(job(), counted(0, 1), now - 11_000), { kind: 'run', create: 2 }],
    ['is suspended', plan(job({ suspend: true }), counted(0, 0)), { kind: 'run', create: 0 }],
  ])('%s', (_name, result, expected) => {
    expect(result).toMatchObject(expected)
  })

  it('without completions ends with the first success, when all have ended', () => {
    const queue = job({ completions: undefined })
    expect(plan(queue, counted(1, 0, [pod('a')]))).toMatchObject({ kind: 'run', create: 0 })
    expect(plan(queue, counted(1, 0))).toMatchObject({ kind: 'finish', outcome: 'Complete' })
  })

  it('counts a pod once, whether it is listed already or let go', () => {
    const tracked = { finalizers: [TRACKING] }
    const pods = [
      pod('new', { phase: 'Succeeded', meta: tracked }),
      pod('listed', { phase: 'Succeeded', meta: tracked }),
      pod('let-go', { phase: 'Succeeded' }),
      pod('bad', { phase: 'Failed', meta: tracked }),
      pod('deleted', { meta: { ...tracked, deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    ]
    const status = { succeeded: 2, uncountedTerminatedPods: { succeeded: ['uid-listed'] } }
    const result = tally(job({}, status), pods)
    expect(result).toMatchObject({ succeeded: 3, failed: 2, terminating: 1, active: [] })
    expect(result.uncounted).toEqual({
      succeeded: ['uid-new', 'uid-listed'],
      failed: ['uid-bad', 'uid-deleted'],
    })
  })

  it('that asks for what is left out is refused by name', () => {
    expect(unsupported(job())).toBeUndefined()
    expect(unsupported(job({ completionMode: 'Indexed' }))).toContain('completionMode: Indexed')
  })
})
