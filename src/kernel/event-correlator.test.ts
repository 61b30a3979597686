import { beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../kube/object.ts'
import { EventCorrelator } from './event-correlator.ts'

let elapsed: number
let correlator: EventCorrelator
beforeEach(() => {
  elapsed = 1000
  correlator = new EventCorrelator({ elapsed: () => elapsed })
})

const objectOf = (name: string): KubeObject =>
  // All that is looked at.
  ({ kind: 'ReplicaSet', metadata: { name, namespace: 'default', uid: `uid-${name}` } }) as KubeObject
const say = (message: string, { of = 'web', reason = 'SuccessfulCreate', component = 'controller' } = {}) =>
  correlator.correlate(objectOf(of), { type: 'Normal', reason, message, component })
const sayMany = (count: number, more = {}) => {
  for (let number = 1; number <= count; number++) say(`Created pod: ${number}`, more)
}
const COMBINED = '(combined from similar events): '

describe('events that differ in their message', () => {
  it('are one from the tenth on', () => {
    sayMany(9)
    const [tenth, next] = [say('Created pod: 10'), say('Created pod: 11')]
    expect(tenth?.message).toBe(`${COMBINED}Created pod: 10`)
    expect(next).toEqual({ identity: tenth?.identity, message: `${COMBINED}Created pod: 11` })
  })

  it('are not where they have another reason or object, or after ten minutes', () => {
    sayMany(9)
    for (const more of [{ reason: 'Other' }, { of: 'other' }])
      expect(say('Created pod: 10', more)?.message).toBe('Created pod: 10')
    elapsed += 600_001
    expect(say('Created pod: 10')?.message).toBe('Created pod: 10')
  })
})

it('repeats have one identity', () => {
  expect(say('Pulled')?.identity).toBe(say('Pulled')?.identity)
  expect(say('Pulled')?.identity).not.toBe(say('Started')?.identity)
})

describe('of one component and object', () => {
  it('more than 25 are left out, until one more is due every five minutes', () => {
    sayMany(24)
    expect(say('Created pod: 25')).toBeDefined()
    expect(say('Created pod: 26')).toBeUndefined()
    expect(say('Created pod: 26', { of: 'other' })).toBeDefined()
    elapsed += 300_000
    expect(say('Created pod: 27')).toBeDefined()
    expect(say('Created pod: 28')).toBeUndefined()
  })

  it("the scheduler's are all recorded as they are", () => {
    const more = { component: 'default-scheduler' }
    sayMany(100, more)
    expect(say('0/3 nodes are available', more)?.message).toBe('0/3 nodes are available')
  })
})
