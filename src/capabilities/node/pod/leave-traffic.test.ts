import { describe, expect, it } from 'vitest'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { Endpoint, EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { type Departure, leavingIn, mayStopAt, podsIn, standingOf } from './leave-traffic.ts'

const sliceOf = (...endpoints: Endpoint[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'shop', uid: 's1', resourceVersion: '1', creationTimestamp: '' },
  addressType: 'IPv4',
  endpoints,
})
const endpoint = (conditions: Endpoint['conditions'], uid = 'u1'): Endpoint => ({
  addresses: ['127.64.0.9'],
  ...(conditions ? { conditions } : {}),
  targetRef: { kind: 'Pod', name: `web-${uid}`, uid },
})
const serves = { ready: true, serving: true, terminating: false }
const leaves = { ready: false, serving: true, terminating: true }
const unready = { ready: false, serving: false, terminating: false }
const unreadyAndLeaves = { ready: false, serving: false, terminating: true }

describe('where a pod that ends stands', () => {
  it.each<[string, EndpointSlice[], string]>([
    ['in no slice', [], 'out'],
    ['another pod in the slice', [sliceOf(endpoint(serves, 'u2'))], 'out'],
    ['ready', [sliceOf(endpoint(serves))], 'listed'],
    ['of unknown readiness, which counts as ready', [sliceOf(endpoint(undefined))], 'listed'],
    ['not ready', [sliceOf(endpoint(unready))], 'out'],
    ['taken out while it could serve', [sliceOf(endpoint(leaves))], 'leaving'],
    ['taken out while it could not', [sliceOf(endpoint(unreadyAndLeaves))], 'out'],
    ['taken out of one Service of two', [sliceOf(endpoint(leaves)), sliceOf(endpoint(serves))], 'listed'],
  ])('%s', (_, slices, standing) => expect(standingOf('u1', slices)).toBe(standing))

  it('finds the pods of a slice, and those that leave', () => {
    const slice = sliceOf(endpoint(serves, 'u1'), endpoint(leaves, 'u2'), { addresses: ['10.0.0.1'] })
    expect(podsIn(slice)).toEqual(['u1', 'u2'])
    expect(leavingIn(slice)).toEqual(['shop/web-u2'])
  })
})

describe('when a pod that ends may be told so', () => {
  const podOf = (deletionGracePeriodSeconds: number): Pod =>
    // Only what the decision reads.
    ({ metadata: { deletionGracePeriodSeconds } }) as Pod

  it('at once when nothing sends to it', () => {
    expect(mayStopAt(podOf(30), {}, 'out', 1000)).toBe(1000)
  })
  it('shortly after it was taken out of rotation, also when that was seen first', () => {
    const departure: Departure = {}
    expect(mayStopAt(podOf(30), departure, 'listed', 1000)).toBe(3000)
    expect(mayStopAt(podOf(30), departure, 'leaving', 1010)).toBe(1110)
    expect(mayStopAt(podOf(30), departure, 'leaving', 1110)).toBe(1110)
    expect(mayStopAt(podOf(30), {}, 'leaving', 1000)).toBe(1100)
  })
  it('after two seconds when it stays listed, sooner when its grace period is shorter', () => {
    expect(mayStopAt(podOf(30), { endingSince: 1000 }, 'listed', 2900)).toBe(3000)
    expect(mayStopAt(podOf(1), { endingSince: 1000 }, 'listed', 1000)).toBe(2000)
    expect(mayStopAt(podOf(0), {}, 'listed', 1000)).toBe(1000)
    expect(mayStopAt(podOf(0), {}, 'leaving', 1000)).toBe(1000)
  })
})
