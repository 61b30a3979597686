import { expect, it } from 'vitest'
import { replicaSet } from '../testing/objects.ts'
import { replicaSetStatus } from './replica-set-status.ts'

const failure = (message: string) => ({ reason: 'FailedCreate', message }) as const

it('keeps the first failure until an attempt succeeds', () => {
  const subject = replicaSet('web', 3)
  const first = replicaSetStatus(subject, [], { failure: failure('no web-abcde'), now: 0 })
  expect(first.conditions).toEqual([
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'no web-abcde',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    },
  ])
  const failed = { ...subject, status: first }
  // The same status is not written, so that nothing wakes the controller before its time.
  expect(replicaSetStatus(failed, [], { failure: failure('no web-fghij'), now: 5000 })).toEqual(first)
  expect(replicaSetStatus(failed, [], { failure: undefined, now: 9000 }).conditions).toEqual([])
})
