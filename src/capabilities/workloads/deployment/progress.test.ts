import { describe, expect, it } from 'vitest'
import type { DeploymentStatus } from '../../../kube/generated/apps-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { deployment } from '../testing/objects.ts'
import { deadlineInMs, isComplete, withPause, withProgress } from './progress.ts'

const now = Date.parse('2026-01-01T01:00:00Z')
const numbers = (replicas: number, updated: number, available: number): DeploymentStatus => ({
  observedGeneration: 1,
  replicas,
  updatedReplicas: updated,
  readyReplicas: available,
  availableReplicas: available,
})
const progressing = (reason: string, agoMs = 0, status = 'True') => ({
  type: 'Progressing',
  status,
  reason,
  message: '',
  lastUpdateTime: toTime(now - agoMs),
  lastTransitionTime: toTime(now - agoMs),
})
const look = (before: DeploymentStatus, after: DeploymentStatus, spec = {}) =>
  withProgress(deployment({ progressDeadlineSeconds: 60, ...spec }, before), after, {
    name: 'web-1',
    now,
  }).find(({ type }) => type === 'Progressing')

describe('the Progressing condition', () => {
  it('says when all is done, naming the ReplicaSet', () => {
    const after = { ...numbers(10, 10, 10), conditions: [progressing('ReplicaSetUpdated')] }
    expect(look(numbers(10, 9, 9), after)).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: 'ReplicaSet "web-1" has successfully progressed.',
    })
  })

  it('moves its update time with each step', () => {
    const conditions = [progressing('ReplicaSetUpdated', 50_000)]
    const condition = look({ ...numbers(10, 2, 8), conditions }, { ...numbers(10, 4, 8), conditions })
    expect(condition).toMatchObject({ reason: 'ReplicaSetUpdated', lastUpdateTime: toTime(now) })
    expect(condition?.lastTransitionTime).toBe(toTime(now - 50_000))
  })

  it('fails after the deadline without a step, and not before', () => {
    const at = (agoMs: number) => {
      const status = { ...numbers(10, 2, 8), conditions: [progressing('ReplicaSetUpdated', agoMs)] }
      return look(status, status)
    }
    expect(at(59_000)).toMatchObject({ reason: 'ReplicaSetUpdated' })
    expect(at(61_000)).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' })
  })

  it('stays done when a pod is replaced later', () => {
    const conditions = [progressing('NewReplicaSetAvailable', 3_600_000)]
    const status = { ...numbers(10, 10, 9), conditions }
    expect(look({ ...numbers(10, 10, 10), conditions }, status)).toEqual(conditions[0])
  })

  it('is absent without a deadline', () => {
    const status = numbers(10, 10, 10)
    expect(look(status, status, { progressDeadlineSeconds: 2 ** 31 - 1 })).toBeUndefined()
  })

  it('tells of pausing and resuming, and the deadline waits meanwhile', () => {
    const conditions = [progressing('ReplicaSetUpdated', 1000)]
    const paused = deployment({ progressDeadlineSeconds: 60, paused: true }, { conditions })
    const [condition] = withPause(paused, now)
    expect(condition).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' })
    expect(deadlineInMs(paused, { conditions: [condition!] }, now)).toBeUndefined()
    const resumed = deployment({ progressDeadlineSeconds: 60 }, { conditions: [condition!] })
    expect(withPause(resumed, now)[0]).toMatchObject({ reason: 'DeploymentResumed' })
  })
})

describe('completeness', () => {
  it.each([
    ['all there', numbers(10, 10, 10), true],
    ['an old pod left', numbers(11, 10, 10), false],
    ['one not available', numbers(10, 10, 9), false],
    ['not observed', { ...numbers(10, 10, 10), observedGeneration: 0 }, false],
  ])('%s', (_name, status, done) => {
    expect(isComplete(deployment(), status)).toBe(done)
  })
})
