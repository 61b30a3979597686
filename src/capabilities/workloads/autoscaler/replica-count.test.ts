import { describe, expect, it } from 'vitest'
import { pod } from '../testing/objects.ts'
import { groupPods, type PodValues, requestsOf } from './pod-values.ts'
import {
  averageOf,
  replicasByPods,
  replicasByShare,
  replicasByValue,
  utilizationOf,
} from './replica-count.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const tolerance = { down: 0.1, up: 0.1 }

/** Samples of pods a, b, c … in thousandths; undefined where there is none. */
const samples = (...values: (number | undefined)[]): PodValues =>
  new Map(
    values.flatMap((value, index) =>
      value === undefined
        ? []
        : [[String.fromCharCode(97 + index), { value, at: now, windowMs: 30_000 }] as const],
    ),
  )

const running = (name: string, phase = 'Running') => {
  const base = pod(name, { phase })
  return {
    ...base,
    spec: { containers: [{ name: 'web', image: '', resources: { requests: { cpu: '1' } } }] },
    status: { ...base.status, startTime: '2026-01-01T00:00:00Z' },
  }
}

describe('replicas by utilization', () => {
  const ask = (current: number, phases: string[], ...values: (number | undefined)[]) => {
    const pods = phases.map((phase, index) => running(String.fromCharCode(97 + index), phase))
    const metrics = samples(...values)
    const requests = requestsOf(pods, 'cpu', undefined)
    return replicasByPods(metrics, {
      current,
      groups: groupPods(pods, metrics, { resource: 'cpu', now }),
      tolerance,
      measure: some => utilizationOf(some, requests, 50),
      assumed: name => requests.get(name) ?? 0,
    })
  }
  const three = ['Running', 'Running', 'Running']
  it.each([
    ['is content', three, [500, 500, 500], 3],
    ['tolerates a tenth', three, [550, 550, 550], 3],
    ['grows', three, [900, 900, 900], 6],
    ['shrinks', three, [100, 100, 100], 1],
    ['takes a missing pod as idle when growing', three, [900, 900, undefined], 4],
    ['takes a missing pod as busy when shrinking', three, [100, 100, undefined], 3],
    ['takes a pending pod as idle when growing', ['Running', 'Running', 'Pending'], [1000, 1000], 4],
    ['does not count failed pods', ['Running', 'Running', 'Failed'], [900, 900, 900], 4],
  ])('%s', (_, phases, values, replicas) => {
    expect(ask(3, phases, ...values).replicas).toBe(replicas)
  })
  it('tells the average and the percentage', () => {
    expect(ask(3, three, 900, 300, 300)).toMatchObject({ average: 500, utilization: 50 })
  })
  it('cannot do without samples or requests', () => {
    expect(() => ask(1, ['Pending'], undefined)).toThrow('did not receive metrics for targeted pods')
    expect(() => requestsOf([pod('a')], 'cpu', undefined)).toThrow(
      'missing request for cpu in container web of Pod a',
    )
    expect(() => requestsOf([pod('a')], 'cpu', 'other')).toThrow('container other not found in Pod a')
  })
  it('does not trust the CPU of a pod that just started', () => {
    const young = { ...running('a'), status: { ...running('a').status, startTime: '2026-01-01T00:59:00Z' } }
    const groups = groupPods([young], new Map([['a', { value: 1, at: 0, windowMs: 1 }]]), {
      resource: 'cpu',
      now,
    })
    expect([...groups.unready]).toEqual(['a'])
  })
})

describe('replicas by one value', () => {
  it('averages, compares with a total, and shares', () => {
    expect(averageOf(samples(100, 300), 100)).toEqual({ ratio: 2, average: 200 })
    expect(replicasByValue(400, 100, { current: 3, ready: 3, tolerance })).toBe(12)
    expect(replicasByValue(105, 100, { current: 3, ready: 3, tolerance })).toBe(3)
    expect(replicasByValue(400, 100, { current: 0, ready: 0, tolerance })).toBe(4)
    expect(replicasByShare(400, 100, { running: 2, tolerance })).toEqual({ replicas: 4, average: 200 })
    expect(replicasByShare(210, 100, { running: 2, tolerance })).toEqual({ replicas: 2, average: 105 })
  })
})
