import { expect, it } from 'vitest'
import type { HttpRoute, HttpRouteBackend } from '../kinds/http-route.ts'
import { canaryWeight, routeProblem, withCanaryWeight } from './http-route-weights.ts'

const split = { namespace: 'shop', stable: 'web', canary: 'web-canary' }
const route = (...rules: HttpRouteBackend[][]): HttpRoute => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { rules: rules.map(backendRefs => ({ backendRefs })) },
})
const pair = (stable: number | undefined, canary: number | undefined): HttpRouteBackend[] => [
  { name: 'web', port: 80, weight: stable },
  { name: 'web-canary', port: 80, weight: canary },
]

it('sets both weights in every rule that splits, and leaves other backends alone', () => {
  const before = route(
    [...pair(100, 0), { name: 'other', weight: 7 }],
    [{ name: 'web', weight: 3 }],
    pair(undefined, undefined),
  )
  const after = withCanaryWeight(before, split, { weight: 30, total: 100 })
  expect(after.spec.rules?.map(rule => rule.backendRefs?.map(backend => backend.weight))).toEqual([
    [70, 30, 7],
    [3],
    [70, 30],
  ])
  expect(canaryWeight(after, split, 100)).toBe(30)
  expect(before.spec.rules?.[0]?.backendRefs?.[0]?.weight).toBe(100)
})

it.each([
  [route(pair(90, 10)), 10],
  [route(pair(90, 10), pair(80, 20)), undefined],
  [route(pair(undefined, undefined)), undefined],
  [route(pair(9, 1)), undefined],
])('reads the weight, row %#', (given, expected) => {
  expect(canaryWeight(given, split, 100)).toBe(expected)
})

it.each([
  [route(pair(1, 1)), undefined],
  [route([{ name: 'web' }]), 'spec.rules[*].backendRefs does not name Service "web-canary"'],
  [route(), 'spec.rules[*].backendRefs does not name Service "web" and Service "web-canary"'],
  [
    route([{ name: 'web' }], [{ name: 'web-canary' }]),
    'spec.rules[*].backendRefs: no rule names both Service "web" and Service "web-canary"',
  ],
  [
    route([
      { name: 'web', namespace: 'elsewhere' },
      { name: 'web-canary', kind: 'Gateway' },
    ]),
    'spec.rules[*].backendRefs does not name Service "web" and Service "web-canary"',
  ],
])('says what a route lacks, row %#', (given, expected) => {
  expect(routeProblem(given, split)).toBe(expected)
})
