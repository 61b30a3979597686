import { expect, it } from 'vitest'
import { Pod, Service } from '../../../kube/generated/core-v1.ts'
import { toTime } from '../../../lib/clock.ts'
import { pod } from '../testing/objects.ts'
import { terminatingConditions } from './terminating.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

it('says what remains and why', () => {
  const held = pod('a', { meta: { finalizers: ['example.com/hold'] } })
  const conditions = terminatingConditions(
    {
      remaining: [{ kind: Pod, objects: [held, pod('b')] }],
      failures: [{ kind: Service, message: 'refused' }],
    },
    [],
    now,
  )
  const told = Object.fromEntries(conditions.filter(c => c.status === 'True').map(c => [c.reason, c.message]))
  expect(told).toEqual({
    ContentDeletionFailed: 'Failed to delete all resource types, 1 remaining: services.: refused',
    SomeResourcesRemain: 'Some resources are remaining: pods. has 2 resource instances',
    SomeFinalizersRemain:
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  })
})

it('keeps the time of a condition that did not turn', () => {
  const first = terminatingConditions({ remaining: [], failures: [] }, [], now)
  const second = terminatingConditions(
    { remaining: [{ kind: Pod, objects: [pod('a')] }], failures: [] },
    first,
    now + 5000,
  )
  const timeOf = (type: string) => second.find(condition => condition.type === type)?.lastTransitionTime
  expect(timeOf('NamespaceDeletionContentFailure')).toBe(toTime(now))
  expect(timeOf('NamespaceContentRemaining')).toBe(toTime(now + 5000))
})
