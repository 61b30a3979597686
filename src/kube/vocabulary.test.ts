import { describe, expect, it } from 'vitest'
import { setCondition } from './conditions.ts'
import { formatDuration, humanDuration } from './duration.ts'
import { parseDuration } from '../lib/go-duration.ts'
import { scaledValue } from './int-or-string.ts'
import { controllerOf, isControlledBy, ownerReference } from './owner.ts'
import { isPodAvailable, podTemplateHash } from './pod.ts'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  isQuantity,
  milliValue,
  quantityToNumber,
} from './quantity.ts'

describe('quantities', () => {
  it.each([
    ['1', '1'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['1024Ki', '1Mi'],
    ['1000Ki', '1000Ki'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1e3', '1e3'],
    ['100M', '100M'],
    ['0', '0'],
    ['-1k', '-1k'],
    ['.5Mi', '512Ki'],
    ['100n', '100n'],
    ['1n', '1n'],
    ['12E', '12E'],
  ])('%s is canonically %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical))
  it('compare, add and convert exactly', () => {
    expect(compareQuantities('1Gi', '1073741824')).toBe(0)
    expect(compareQuantities('0.1', '100m')).toBe(0)
    expect(compareQuantities('1Ki', '1k')).toBe(1)
    expect(addQuantities('500m', '700m')).toBe('1200m')
    expect(addQuantities('1Gi', '1Mi')).toBe('1025Mi')
    expect(milliValue('1.0001')).toBe(1001)
    expect(quantityToNumber('250m')).toBe(0.25)
  })
  it.each(['', 'x', '1 ', '1ki', '1.2.3', '--1', '1KiB', 'Ki', '1e101', '1e-9999', '9'.repeat(1001)])(
    '%j is none',
    text => expect(isQuantity(text)).toBe(false),
  )
})

describe('durations', () => {
  it.each([
    ['1h30m', 5_400_000, '1h30m0s'],
    ['1.5s', 1500, '1.5s'],
    ['100ms', 100, '100ms'],
    ['0', 0, '0s'],
    ['-2m', -120_000, '-2m0s'],
    ['1500us', 1.5, '1.5ms'],
    ['24h', 86_400_000, '24h0m0s'],
  ])('%s', (text, ms, formatted) => {
    expect(parseDuration(text)).toBe(ms)
    expect(formatDuration(ms)).toBe(formatted)
  })
  it.each(['', '1', '5 m', 'h', '1d'])('%j is none', text =>
    expect(() => parseDuration(text)).toThrow('invalid duration'),
  )
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [185, '3m5s'],
    [601, '10m'],
    [10_799, '179m'],
    [3 * 3600, '3h'],
    [3 * 3600 + 60, '3h1m'],
    [9 * 3600 + 60, '9h'],
    [47 * 3600, '47h'],
    [48 * 3600, '2d'],
    [50 * 3600, '2d2h'],
    [9 * 86_400, '9d'],
    [729 * 86_400, '729d'],
    [731 * 86_400, '2y1d'],
    [-1, '0s'],
    [-5, '<invalid>'],
  ])('%d s is an age of %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text))
})

describe('scaledValue', () => {
  it.each([
    [3, 10, 'up', 3],
    ['25%', 3, 'up', 1],
    ['25%', 3, 'down', 0],
    ['100%', 7, 'down', 7],
  ] as const)('%s of %d rounded %s is %d', (value, total, rounding, expected) =>
    expect(scaledValue(value, total, rounding)).toBe(expected),
  )
  it('refuses other text', () => expect(() => scaledValue('x', 1, 'up')).toThrow('not a percentage'))
})

describe('setCondition', () => {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'A',
    message: 'm',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  const now = Date.parse('2026-02-01T00:00:00Z')
  it('keeps the time while the status stays, and the list while nothing changes', () => {
    const list = [ready]
    expect(setCondition(list, { type: 'Ready', status: 'True', reason: 'A', message: 'm' }, now)).toBe(list)
    expect(setCondition(list, { type: 'Ready', status: 'True', reason: 'B', message: 'm' }, now)).toEqual([
      { ...ready, reason: 'B' },
    ])
  })
  it('sets the time when the status changes or is new', () => {
    expect(
      setCondition([ready], { type: 'Ready', status: 'False', reason: 'A', message: 'm' }, now)[0]
        ?.lastTransitionTime,
    ).toBe('2026-02-01T00:00:00Z')
    expect(
      setCondition([ready], { type: 'Other', status: 'True', reason: '', message: '' }, now),
    ).toHaveLength(2)
  })
})

describe('owners', () => {
  it('refer and are found', () => {
    const owner = { metadata: { name: 'rs', uid: 'u' } }
    const reference = ownerReference(owner, { group: 'apps', version: 'v1', kind: 'ReplicaSet' })
    const owned = { metadata: { ownerReferences: [reference] } }
    expect(reference).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'rs',
      uid: 'u',
      controller: true,
      blockOwnerDeletion: true,
    })
    expect(controllerOf(owned)).toBe(reference)
    expect(isControlledBy(owned, owner)).toBe(true)
    expect(isControlledBy({ metadata: {} }, owner)).toBe(false)
  })
})

describe('pods', () => {
  const pod = {
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  }
  const at = (seconds: number) => Date.parse('2026-01-01T00:00:00Z') + seconds * 1000
  it('are available after minReadySeconds', () => {
    expect(isPodAvailable(pod, 0, at(0))).toBe(true)
    expect(isPodAvailable(pod, 10, at(9))).toBe(false)
    expect(isPodAvailable(pod, 10, at(10))).toBe(true)
    expect(isPodAvailable({ status: {} }, 0, at(10))).toBe(false)
  })
  it('have a hash of their template that does not depend on the order of keys', () => {
    const hash = podTemplateHash({
      metadata: { labels: { a: '1', b: '2' } },
      spec: { containers: [{ name: 'x' }] },
    })
    expect(
      podTemplateHash({ spec: { containers: [{ name: 'x' }] }, metadata: { labels: { b: '2', a: '1' } } }),
    ).toBe(hash)
    expect(podTemplateHash({ spec: { containers: [{ name: 'y' }] } })).not.toBe(hash)
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
    expect(podTemplateHash({}, 1)).not.toBe(podTemplateHash({}))
  })
})
