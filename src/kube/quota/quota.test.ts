import { describe, expect, it } from 'vitest'
import type { ResourceQuota } from '../generated/core-v1.ts'
import type { KubeObject } from '../object.ts'
import { formatQuantity } from '../quantity.ts'
import { checkQuota } from './check-quota.ts'
import { usageOf } from './usage.ts'

const NOW = Date.parse('2026-01-01T10:00:00Z')
const kindOf = (plural: string, group = '') => ({ group, plural })
// Only what quotas read.
const object = (spec: object, more: object = {}) =>
  ({ metadata: { name: 'x' }, spec, ...more }) as unknown as KubeObject
const container = (requests: object, limits: object = {}, name = 'c') => ({
  name,
  resources: { requests, limits },
})
const quota = (hard: object, used: object, spec: object = {}) =>
  ({ metadata: { name: 'q' }, spec, status: { hard, used } }) as unknown as ResourceQuota

describe('usage', () => {
  it.each<[string, ReturnType<typeof kindOf>, KubeObject, object]>([
    [
      'a pod',
      kindOf('pods'),
      object({
        containers: [
          container({ cpu: '100m', memory: '64Mi', 'example.com/gpu': '1' }, { cpu: '1' }),
          container({ cpu: '200m' }),
        ],
        initContainers: [container({ cpu: '250m' })],
      }),
      {
        'count/pods': '1',
        pods: '1',
        cpu: '300m',
        'requests.cpu': '300m',
        memory: '64Mi',
        'requests.memory': '64Mi',
        'requests.example.com/gpu': '1',
        'limits.cpu': '1',
      },
    ],
    [
      'a pod that has ended',
      kindOf('pods'),
      object({ containers: [] }, { status: { phase: 'Failed' } }),
      { 'count/pods': '1' },
    ],
    [
      'a pod whose deletion is overdue',
      kindOf('pods'),
      object(
        { containers: [] },
        { metadata: { deletionTimestamp: '2026-01-01T09:00:00Z', deletionGracePeriodSeconds: 30 } },
      ),
      { 'count/pods': '1' },
    ],
    [
      'a balanced service',
      kindOf('services'),
      object({ type: 'LoadBalancer', ports: [{ port: 1 }, { port: 2 }] }),
      { 'count/services': '1', services: '1', 'services.nodeports': '2', 'services.loadbalancers': '1' },
    ],
    [
      'a claim',
      kindOf('persistentvolumeclaims'),
      object({ storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } }),
      {
        'count/persistentvolumeclaims': '1',
        persistentvolumeclaims: '1',
        'requests.storage': '2Gi',
        'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
        'fast.storageclass.storage.k8s.io/requests.storage': '2Gi',
      },
    ],
    ['a deployment', kindOf('deployments', 'apps'), object({}), { 'count/deployments.apps': '1' }],
  ])('of %s', (_, kind, subject, expected) => {
    const usage = [...usageOf(kind, subject, NOW)].map(([name, amount]) => [name, formatQuantity(amount)])
    expect(Object.fromEntries(usage)).toEqual(expected)
  })
})

describe('a quota', () => {
  const pod = object({ priorityClassName: 'high', containers: [container({ cpu: '500m' }, {}, 'a')] })
  const check = (subject: ResourceQuota, more: object = {}) =>
    checkQuota(subject, {
      kind: kindOf('pods'),
      object: pod,
      previous: undefined,
      isStatus: false,
      now: NOW,
      ...more,
    })

  it.each<[string, ResourceQuota, object | undefined, object?]>([
    ['counts', quota({ pods: '2' }, { pods: '1' }), { used: { pods: '2' } }],
    [
      'refuses',
      quota({ pods: '2', cpu: '9' }, { pods: '2', cpu: '1' }),
      { refuse: 'exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2' },
    ],
    [
      'says all that is exceeded',
      quota({ pods: '0', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '700m' }),
      {
        refuse:
          'exceeded quota: q, requested: pods=1,requests.cpu=500m, used: pods=0,requests.cpu=700m, limited: pods=0,requests.cpu=1',
      },
    ],
    [
      'wants to know',
      quota({ 'limits.cpu': '1', memory: '1Gi' }, { 'limits.cpu': '0', memory: '0' }),
      { refuse: 'failed quota: q: must specify limits.cpu for: a; memory for: a' },
    ],
    ['is not about others', quota({ services: '0' }, { services: '0' }), undefined],
    [
      'has not been seen by its controller',
      { metadata: { name: 'q' }, spec: { hard: { pods: '0' } } } as unknown as ResourceQuota,
      undefined,
    ],
    [
      'does not know yet',
      quota({ pods: '1' }, {}),
      { refuse: 'status unknown for quota: q, resources: pods' },
    ],
    ['of best effort', quota({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] }), undefined],
    [
      'of another priority',
      quota(
        { pods: '0' },
        { pods: '0' },
        {
          scopeSelector: {
            matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['low'] }],
          },
        },
      ),
      undefined,
    ],
    [
      'of its priority',
      quota(
        { pods: '1' },
        { pods: '0' },
        {
          scopeSelector: {
            matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
          },
        },
      ),
      { used: { pods: '1' } },
    ],
    [
      'counts what is more',
      quota({ cpu: '1' }, { cpu: '400m' }),
      { used: { cpu: '500m' } },
      { previous: object({ containers: [container({ cpu: '400m' })] }) },
    ],
    [
      'does not mind less',
      quota({ cpu: '1' }, { cpu: '2' }),
      undefined,
      { previous: object({ containers: [container({ cpu: '2' })] }) },
    ],
  ])('%s', (_, subject, expected, more) => expect(check(subject, more)).toEqual(expected))
})
