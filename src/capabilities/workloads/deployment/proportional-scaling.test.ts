import { describe, expect, it } from 'vitest'
import { deployment, replicaSet } from '../testing/objects.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS } from './annotations.ts'
import { isScaled, scaledSizes } from './proportional-scaling.ts'

const sized = (name: string, replicas: number, desired: number, max: number, available = replicas) =>
  replicaSet(name, replicas, available, {
    annotations: { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) },
    creationTimestamp: name === 'new' ? '2026-01-02T00:00:00Z' : '2026-01-01T00:00:00Z',
  })
const wanted = (replicas: number, maxSurge = 0) =>
  deployment({ replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable: 1 } } })

describe('scaling', () => {
  it('is noticed by the annotation', () => {
    expect(isScaled(wanted(10), [sized('new', 5, 5, 5)])).toBe(true)
    expect(isScaled(wanted(5), [sized('new', 5, 5, 5)])).toBe(false)
    expect(isScaled(wanted(10), [sized('old', 0, 5, 5)])).toBe(false)
  })

  it.each([
    ['a single one', wanted(12), sized('new', 10, 10, 10), [], { new: 12 }],
    [
      'up, in proportion',
      wanted(20),
      sized('new', 5, 10, 10),
      [sized('old', 5, 10, 10)],
      { new: 10, old: 10 },
    ],
    [
      'down, in proportion',
      wanted(5),
      sized('new', 2, 10, 10),
      [sized('old', 8, 10, 10)],
      { new: 1, old: 4 },
    ],
    [
      'the rest goes to the largest',
      wanted(11),
      sized('new', 3, 10, 10),
      [sized('old', 7, 10, 10)],
      { new: 3, old: 8 },
    ],
    [
      'a saturated new one empties the old',
      wanted(5),
      sized('new', 5, 5, 5),
      [sized('old', 3, 4, 4)],
      { old: 0 },
    ],
    ['to nothing', wanted(0), sized('new', 5, 10, 10), [sized('old', 5, 10, 10)], { new: 0, old: 0 }],
    ['with surge', wanted(20, 2), sized('new', 6, 10, 12), [sized('old', 6, 10, 12)], { new: 11, old: 11 }],
  ])('%s', (_name, subject, fresh, old, sizes) => {
    expect(Object.fromEntries(scaledSizes(subject, { fresh, old }))).toEqual(sizes)
  })
})
