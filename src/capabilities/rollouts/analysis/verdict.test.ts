import { describe, expect, it } from 'vitest'
import type { AnalysisRun, AnalysisRunStatus } from '../kinds/generated/analysis-run.ts'
import type { Metric } from './metric-limits.ts'
import { type Measurement, recordMeasurement } from './record.ts'
import { scheduleOf } from './schedule.ts'
import { assessRun } from './verdict.ts'

const START = Date.UTC(2026, 0, 1)
const run = (metrics: Partial<Metric>[], spec: Partial<AnalysisRun['spec']> = {}): AnalysisRun => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisRun',
  metadata: { name: 'run', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: {
    metrics: metrics.map((metric, index) => ({ name: `m${index}`, provider: { prometheus: {} }, ...metric })),
    ...spec,
  },
})

const phases: Record<string, Measurement['phase']> = {
  s: 'Successful',
  f: 'Failed',
  e: 'Error',
  i: 'Inconclusive',
}

/** Plays measurements, one letter each, metric after metric in every round. */
function play(target: AnalysisRun, rounds: string): AnalysisRunStatus {
  let status: AnalysisRunStatus = { phase: 'Pending', startedAt: new Date(START).toISOString() }
  for (const [round, letters] of rounds.split(' ').entries()) {
    for (const [index, letter] of [...letters].entries()) {
      const metric = target.spec.metrics[index]
      const phase = phases[letter]
      if (!metric || !phase) continue
      const nowMs = START + round * 10_000
      status = recordMeasurement(target, status, {
        metric,
        measurement: { phase, message: letter },
        startedMs: nowMs,
        nowMs,
      })
    }
    status = assessRun(target, status)
  }
  return status
}

describe('verdicts', () => {
  // limits, measurements one after the other, phase, part of the message
  const rows: [Partial<Metric>, string, string, string?][] = [
    [{}, 's', 'Successful'],
    [{}, 'f', 'Failed', 'Metric "m0" assessed Failed due to failed (1) > failureLimit (0)'],
    [{}, 'i', 'Inconclusive', 'inconclusive (1) > inconclusiveLimit (0)'],
    [{}, 'e', 'Running'],
    [{}, 'e e e e', 'Running'],
    [{}, 'e e e e e', 'Error', 'consecutiveErrors (5) > consecutiveErrorLimit (4): e'],
    [{}, 'e e e e s', 'Successful'],
    [{ interval: '10s' }, 's s s s', 'Running'],
    [{ interval: '10s', count: 3 }, 's s', 'Running'],
    [{ interval: '10s', count: 3 }, 's s s', 'Successful'],
    [{ interval: '10s', count: '3' }, 's s s', 'Successful'],
    [{ interval: '10s', count: 3, failureLimit: 1 }, 's f s', 'Successful'],
    [{ interval: '10s', count: 3, failureLimit: 1 }, 'f f', 'Failed', 'failed (2) > failureLimit (1)'],
    [{ interval: '10s', count: 3, failureLimit: -1 }, 'f f f', 'Successful'],
    [{ interval: '10s', failureLimit: 3 }, 'f s f s f', 'Running'],
    [{ interval: '10s', count: 5, inconclusiveLimit: 1 }, 'i s i', 'Inconclusive'],
    [{ interval: '10s', count: 2 }, 'e s e s', 'Successful'],
    [{ interval: '10s', consecutiveErrorLimit: 0 }, 'e', 'Error'],
    [{ interval: '10s', consecutiveSuccessLimit: 3, failureLimit: -1 }, 's s f s s s', 'Successful'],
    [{ interval: '10s', consecutiveSuccessLimit: 2, failureLimit: -1 }, 's f s f', 'Running'],
    [{ interval: '10s', count: 4, consecutiveSuccessLimit: 2, failureLimit: -1 }, 's f s f', 'Inconclusive'],
    [{ interval: '10s', consecutiveSuccessLimit: 2 }, 's f', 'Failed'],
  ]
  it.each(rows)('%j with %s is %s', (metric, rounds, phase, message) => {
    const status = play(run([metric]), rounds)
    expect(status.phase).toBe(phase)
    if (message !== undefined) expect(status.message).toContain(message)
  })

  it('is running until every metric is done, then the worst', () => {
    const two = run([
      { interval: '10s', count: 2 },
      { interval: '10s', count: 1 },
    ])
    expect(play(two, 'ss').phase).toBe('Running')
    expect(play(two, 'ss s').phase).toBe('Successful')
  })

  it('one failure ends the metrics that would go on', () => {
    const status = play(run([{ interval: '10s' }, {}]), 'sf')
    expect(status).toMatchObject({
      phase: 'Failed',
      message: 'Metric "m1" assessed Failed due to failed (1) > failureLimit (0)',
    })
    expect(status.metricResults?.map(result => result.phase)).toEqual(['Successful', 'Failed'])
    expect(status.runSummary).toEqual({ count: 2, successful: 1, failed: 1, inconclusive: 0, error: 0 })
  })

  it('a failure weighs more than an error and that more than doubt', () => {
    expect(play(run([{ consecutiveErrorLimit: 0 }, {}]), 'ef').phase).toBe('Failed')
    expect(play(run([{ consecutiveErrorLimit: 0 }, {}]), 'ei').phase).toBe('Error')
  })

  it('a dry run does not count', () => {
    const status = play(run([{}, {}], { dryRun: [{ metricName: 'm1|x' }] }), 'sf')
    expect(status).toMatchObject({
      phase: 'Successful',
      dryRunSummary: { count: 1, failed: 1 },
      runSummary: { failed: 0 },
    })
  })

  it('a run that is told to end counts what it has', () => {
    expect(play(run([{ interval: '10s' }], { terminate: true }), 's')).toMatchObject({
      phase: 'Successful',
      message: 'Run Terminated',
    })
    expect(assessRun(run([{}], { terminate: true }), { phase: 'Pending' }).phase).toBe('Successful')
    expect(play(run([{ interval: '10s' }], { terminate: true }), 'f').phase).toBe('Failed')
  })

  it('keeps the last measurements and counts all', () => {
    const kept = (spec: object) =>
      play(run([{ interval: '10s' }], spec), 's '.repeat(15).trim()).metricResults?.[0]
    expect(kept({})?.measurements).toHaveLength(10)
    expect(kept({ measurementRetention: [{ metricName: 'm.*', limit: 3 }] })).toMatchObject({
      count: 15,
      measurements: [{}, {}, {}],
    })
  })
})

describe('schedule', () => {
  const next = (target: AnalysisRun, rounds: string, afterMs: number) => {
    const status: AnalysisRunStatus =
      rounds === '' ? { phase: 'Running', startedAt: new Date(START).toISOString() } : play(target, rounds)
    const { due, nextMs } = scheduleOf(target, status, START + afterMs)
    return [due.length, nextMs === undefined ? undefined : nextMs - START]
  }
  const rows: [string, Partial<Metric>, string, number, (number | undefined)[]][] = [
    ['at once', {}, '', 0, [1, undefined]],
    ['after its delay', { initialDelay: '1m' }, '', 0, [0, 60_000]],
    ['when that is over', { initialDelay: '1m' }, '', 60_000, [1, undefined]],
    ['after its interval', { interval: '30s' }, 's', 10_000, [0, 30_000]],
    ['when that is over', { interval: '30s' }, 's', 30_000, [1, undefined]],
    ['not beyond its count', { interval: '30s', count: 1 }, 's', 30_000, [0, undefined]],
    ['an error again after ten seconds', {}, 'e', 5_000, [0, 10_000]],
    ['never when done', {}, 'f', 99_000, [0, undefined]],
  ]
  it.each(rows)('%s', (_, metric, rounds, afterMs, expected) => {
    expect(next(run([metric]), rounds, afterMs)).toEqual(expected)
  })
})
