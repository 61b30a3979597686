import { describe, expect, it } from 'vitest'
import type { HorizontalPodAutoscaler } from '../../../kube/generated/autoscaling-v2.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { adoptIgnoredFields } from './ignore-differences.ts'
import { adoptOwnedFields, type Owners, servicesOfRollout } from './owned-fields.ts'
import { splitsOfRollout } from './route-splits.ts'

const none: Owners = { autoscalers: [], rolloutServices: new Set(), routeSplits: [] }
const object = (apiVersion: string, kind: string, spec: object, metadata: object = {}) =>
  ({
    apiVersion,
    kind,
    metadata: { name: 'web', namespace: 'prod', ...metadata },
    spec,
  }) as unknown as ManifestObject
const live = (value: ManifestObject) => value as unknown as KubeObject
const specOf = (value: ManifestObject) => value['spec']

describe('adoptOwnedFields', () => {
  const autoscaler = (kind: string) =>
    ({
      metadata: { namespace: 'prod' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'web' } },
    }) as HorizontalPodAutoscaler

  it.each([
    ['under an autoscaler', [autoscaler('Deployment')], 7],
    ['under the autoscaler of something else', [autoscaler('StatefulSet')], 2],
    ['without one', [], 2],
  ])('replicas %s', (_, autoscalers, replicas) => {
    const desired = object('apps/v1', 'Deployment', { replicas: 2, paused: false })
    const adopted = adoptOwnedFields(desired, live(object('apps/v1', 'Deployment', { replicas: 7 })), {
      ...none,
      autoscalers,
    })
    expect(specOf(adopted)).toEqual({ replicas, paused: false })
  })

  const route = (stable: number | undefined, canary: number | undefined, path = '/') =>
    object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
      rules: [
        {
          matches: [{ path: { value: path } }],
          backendRefs: [
            { name: 'stable', port: 80, ...(stable === undefined ? {} : { weight: stable }) },
            { name: 'canary', port: 80, ...(canary === undefined ? {} : { weight: canary }) },
          ],
        },
      ],
    })
  const plugin = (config: object, metadata: object = {}) =>
    live(
      object(
        'argoproj.io/v1alpha1',
        'Rollout',
        {
          strategy: {
            canary: {
              stableService: 'stable',
              canaryService: 'canary',
              trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': config } },
            },
          },
        },
        metadata,
      ),
    )
  const split = (...rollouts: KubeObject[]): Owners => ({
    ...none,
    routeSplits: rollouts.flatMap(splitsOfRollout),
  })

  it.each([
    ['one route', plugin({ httpRoute: 'web' })],
    ['a list of routes', plugin({ httpRoutes: [{ name: 'other' }, { name: 'web' }] })],
    ['a route by namespace', plugin({ httpRoute: 'web', namespace: 'prod' })],
  ])('keeps the weights that a Rollout writes, whoever wrote them last, with %s', (_, rollout) => {
    const adopted = adoptOwnedFields(route(100, 0, '/new'), live(route(80, 20, '/old')), split(rollout))
    expect(specOf(adopted)).toEqual(specOf(route(80, 20, '/new')))
    const unweighted = adoptOwnedFields(route(undefined, undefined), live(route(80, 20)), split(rollout))
    expect(specOf(unweighted)).toEqual(specOf(route(80, 20)))
  })

  it.each([
    ['no Rollout', split()],
    ['a Rollout of another route', split(plugin({ httpRoute: 'other' }))],
    [
      'a Rollout whose Services are elsewhere',
      split(plugin({ httpRoute: 'web', namespace: 'prod' }, { namespace: 'x' })),
    ],
  ])('does not keep weights with %s', (_, owners) => {
    const desired = route(100, 0)
    expect(adoptOwnedFields(desired, live(route(80, 20)), owners)).toEqual(desired)
  })

  it('keeps only the weights of the two Services, and gives a new rule those of the others', () => {
    const rule = (stable: number, canary: number, other: number) => ({
      backendRefs: [
        { name: 'other', weight: other },
        { name: 'canary', weight: canary },
        { name: 'stable', weight: stable },
      ],
    })
    const alone = { backendRefs: [{ name: 'stable', weight: 7 }] }
    const desired = object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
      rules: [alone, rule(100, 0, 5), rule(1, 1, 6)],
    })
    const current = object('gateway.networking.k8s.io/v1', 'HTTPRoute', { rules: [rule(80, 20, 1)] })
    const adopted = adoptOwnedFields(desired, live(current), split(plugin({ httpRoute: 'web' })))
    expect(specOf(adopted)).toEqual({ rules: [alone, rule(80, 20, 5), rule(80, 20, 6)] })
  })

  it('keeps the pod hash in the selectors of a Rollout’s Services', () => {
    const desired = object('v1', 'Service', { selector: { app: 'web' } })
    const current = live(
      object('v1', 'Service', { selector: { app: 'web', 'rollouts-pod-template-hash': 'abc', x: 'y' } }),
    )
    const owners = { ...none, rolloutServices: new Set(['web']) }
    expect(specOf(adoptOwnedFields(desired, current, owners))).toEqual({
      selector: { app: 'web', 'rollouts-pod-template-hash': 'abc' },
    })
    expect(adoptOwnedFields(desired, current, none)).toEqual(desired)
  })

  it('knows the Services of a Rollout', () => {
    const canary = { stableService: 's', canaryService: 'c' }
    const blueGreen = { activeService: 'a' }
    expect(servicesOfRollout(live(object('x', 'Rollout', { strategy: { canary } })))).toEqual(['s', 'c'])
    expect(servicesOfRollout(live(object('x', 'Rollout', { strategy: { blueGreen } })))).toEqual(['a'])
  })
})

describe('adoptIgnoredFields', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 9, b: 9 }, ['/spec/a'], { a: 9, b: 2 }],
    [{ b: 2 }, { a: 9 }, ['/spec/a'], { a: 9, b: 2 }],
    [{ a: 1 }, {}, ['/spec/a'], {}],
    [{ l: [{ x: 1 }, { x: 2 }] }, { l: [{ x: 1 }, { x: 5 }] }, ['/spec/l/1/x'], { l: [{ x: 1 }, { x: 5 }] }],
    [{ m: { 'a/b': 1 } }, { m: { 'a/b': 2 } }, ['/spec/m/a~1b'], { m: { 'a/b': 2 } }],
  ])('%j with live %j ignoring %j is %j', (desired, current, jsonPointers, expected) => {
    const rules = [{ group: 'apps', kind: 'Deployment', jsonPointers }]
    const adopted = adoptIgnoredFields(
      object('apps/v1', 'Deployment', desired),
      live(object('apps/v1', 'Deployment', current)),
      rules,
    )
    expect(specOf(adopted)).toEqual(expected)
  })

  it('leaves objects alone that no rule names', () => {
    const desired = object('apps/v1', 'Deployment', { a: 1 })
    const rules = [{ kind: 'Deployment', jsonPointers: ['/spec/a'] }]
    expect(adoptIgnoredFields(desired, live(object('apps/v1', 'Deployment', { a: 2 })), rules)).toBe(desired)
  })
})
