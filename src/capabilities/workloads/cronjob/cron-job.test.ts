import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { CronJob, Job } from '../../../kube/generated/batch-v1.ts'
import { Event } from '../../../kube/generated/core-v1.ts'
import { workloads } from '../index.ts'
import { fakeNode, type Outcome } from '../testing/fake-node.ts'
import { meta } from '../testing/objects.ts'
import { draftJob, planCronJob } from './cron-job-plan.ts'

const ref = { name: 'report', namespace: 'default' }
const MINUTE = 60_000

const cronJob = (spec: Partial<CronJob['spec']> = {}, status: CronJob['status'] = {}): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: meta('report', { creationTimestamp: '2026-01-01T00:00:00Z' }),
  spec: { schedule: '0 * * * *', jobTemplate: { spec: { template: {} } }, ...spec },
  status,
})

/** A Job of the CronJob; `end` is its final condition. */
const run = (name: string, end?: 'Complete' | 'Failed', time = '2026-01-01T01:05:00Z'): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta(name),
  spec: { template: {} },
  status: {
    startTime: time,
    ...(end ? { conditions: [{ type: end, status: 'True' }] } : {}),
    ...(end === 'Complete' ? { completionTime: time } : {}),
  },
})
const active = (...names: string[]) => ({ active: names.map(name => ({ name, uid: `uid-${name}` })) })
const at = (time: string) => Date.parse(`2026-01-01T${time}Z`)

describe('planCronJob', () => {
  const told = (of: CronJob, jobs: Job[], time: string) => {
    const plan = planCronJob(of, jobs, at(time))
    return {
      start: plan.start === undefined ? undefined : new Date(plan.start).toISOString().slice(11, 16),
      events: plan.told.map(({ reason }) => reason),
      remove: plan.remove.map(({ metadata }) => metadata.name),
    }
  }
  const nothing = { start: undefined, events: [], remove: [] }
  const table: [string, CronJob, Job[], string, object][] = [
    ['waits until it is due', cronJob(), [], '00:59:59', nothing],
    ['starts', cronJob(), [], '01:00:00', { start: '01:00' }],
    ['starts the last of those it missed', cronJob(), [], '05:30:00', { start: '05:00' }],
    ['starts none twice', cronJob({}, { lastScheduleTime: '2026-01-01T01:00:00Z' }), [], '01:30:00', nothing],
    ['is suspended', cronJob({ suspend: true }), [], '01:00:00', nothing],
    ['is too late', cronJob({ startingDeadlineSeconds: 60 }), [], '01:30:00', nothing],
    ['is just in time', cronJob({ startingDeadlineSeconds: 60 }), [], '01:00:59', { start: '01:00' }],
    [
      'tells of too many that were missed',
      cronJob({ schedule: '* * * * *' }),
      [],
      '02:00:00',
      { start: '02:00', events: ['TooManyMissedTimes'] },
    ],
    [
      'runs beside another',
      cronJob({}, active('one')),
      [run('one')],
      '01:00:00',
      { start: '01:00', remove: [] },
    ],
    [
      'does not when it is forbidden',
      cronJob({ concurrencyPolicy: 'Forbid' }, active('one')),
      [run('one')],
      '01:00:00',
      { start: undefined, events: ['JobAlreadyActive'] },
    ],
    [
      'replaces another',
      cronJob({ concurrencyPolicy: 'Replace' }, active('one')),
      [run('one')],
      '01:00:00',
      { start: '01:00', remove: ['one'] },
    ],
    [
      'sees an end',
      cronJob({}, active('one')),
      [run('one', 'Complete')],
      '00:30:00',
      { events: ['SawCompletedJob'] },
    ],
    ['misses a Job', cronJob({}, active('one')), [], '00:30:00', { events: ['MissingJob'] }],
    ['wonders about a Job', cronJob(), [run('one')], '00:30:00', { events: ['UnexpectedJob'] }],
    [
      'keeps a short history, of each end its own',
      cronJob({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }),
      [
        run('new', 'Complete', '2026-01-01T03:00:00Z'),
        run('old', 'Complete', '2026-01-01T02:00:00Z'),
        run('bad', 'Failed'),
      ],
      '00:30:00',
      { remove: ['old', 'bad'] },
    ],
    [
      'cannot read its schedule',
      cronJob({ schedule: 'x' }),
      [],
      '01:00:00',
      { events: ['UnparseableSchedule'] },
    ],
    [
      'waits for a day that never comes',
      cronJob({ schedule: '59 23 31 2 *' }),
      [],
      '01:00:00',
      { events: ['InvalidSchedule'] },
    ],
    [
      'does not know its zone',
      cronJob({ timeZone: 'Mars/X' }),
      [],
      '01:00:00',
      { events: ['UnknownTimeZone'] },
    ],
    [
      'keeps the time of its zone',
      cronJob({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' }),
      [],
      '02:00:00',
      { start: '02:00' },
    ],
  ]
  it.each(table)('%s', (_, of, jobs, time, expected) => expect(told(of, jobs, time)).toMatchObject(expected))

  it('looks again when it is due', () => {
    expect(planCronJob(cronJob(), [], at('00:30:00')).afterMs).toBe(30 * MINUTE + 100)
    expect(planCronJob(cronJob(), [], at('01:00:00')).afterMs).toBe(60 * MINUTE + 100)
  })
  it('remembers the last success', () => {
    const jobs = [run('a', 'Complete', '2026-01-01T03:00:00Z'), run('b', 'Complete', '2026-01-01T02:00:00Z')]
    expect(planCronJob(cronJob(), jobs, at('00:30:00')).lastSuccessfulTime).toBe('2026-01-01T03:00:00Z')
  })
  it('names a Job after its minute and writes down its time', () => {
    expect(draftJob(cronJob({ timeZone: 'Europe/Paris' }), at('01:00:00')).metadata).toMatchObject({
      name: 'report-29453820',
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T02:00:00+01:00' },
    })
  })
})

describe('a CronJob on an embedded API', () => {
  let test: TestKernel
  afterEach(() => test[Symbol.asyncDispose]())

  it('runs every minute, keeps the last successes, and forgets them all when it goes', async () => {
    const clock = new VirtualClock()
    test = await startTestKernel({ capabilities: [workloads], clock })
    const { client } = test.kernel
    let outcome: Outcome = 'succeeded'
    fakeNode(test.kernel, () => outcome)
    const containers = [{ name: 'c', image: 'i' }]
    await client.create(CronJob, {
      metadata: ref,
      spec: {
        schedule: '* * * * *',
        successfulJobsHistoryLimit: 2,
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure', containers } } } },
      },
    })
    for (let minute = 0; minute < 4; minute++) await clock.advance(MINUTE)
    await clock.advance(1000)
    const jobs = (await client.list(Job, { namespace: 'default' })).items
    expect(jobs.map(({ metadata }) => metadata.name).sort()).toEqual(['report-29453763', 'report-29453764'])
    const { status } = await client.get(CronJob, ref)
    expect(status).toMatchObject({
      lastScheduleTime: '2026-01-01T00:04:00Z',
      lastSuccessfulTime: '2026-01-01T00:04:00Z',
    })
    expect(status?.active).toBeUndefined()
    outcome = 'ready'
    await clock.advance(MINUTE)
    expect((await client.get(CronJob, ref)).status?.active).toHaveLength(1)
    const reasons = (await client.list(Event, { namespace: 'default' })).items.map(({ reason }) => reason)
    expect(reasons).toEqual(
      expect.arrayContaining(['SuccessfulCreate', 'SawCompletedJob', 'SuccessfulDelete']),
    )
    await client.delete(CronJob, ref, { propagationPolicy: 'Background' })
    await clock.advance(MINUTE)
    expect((await client.list(Job, { namespace: 'default' })).items).toEqual([])
  })
})
