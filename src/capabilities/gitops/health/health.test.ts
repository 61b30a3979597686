import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../kube/object.ts'
import { healthOf } from './health.ts'
import { isWorse } from './health-status.ts'

const object = (apiVersion: string, kind: string, fields: object, metadata = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: {
    name: 'x',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 2,
    ...metadata,
  },
  ...fields,
})
const deployment = (status: object, spec = {}) =>
  object('apps/v1', 'Deployment', { spec: { replicas: 3, ...spec }, status })
const rollout = (status: object, spec = {}) => object('argoproj.io/v1alpha1', 'Rollout', { spec, status })
const route = (...parents: [string, string][][]) =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
    status: {
      parents: parents.map(conditions => ({
        parentRef: { name: 'gw' },
        conditions: conditions.map(([type, status]) => ({ type, status, message: `${type} is ${status}` })),
      })),
    },
  })
const done = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }

describe('healthOf', () => {
  it.each<[string, KubeObject, string | undefined, string?]>([
    ['a finished Deployment', deployment(done), 'Healthy'],
    ['one not observed yet', deployment({ ...done, observedGeneration: 1 }), 'Progressing', 'generation'],
    ['one that updates', deployment({ ...done, updatedReplicas: 1 }), 'Progressing', '1 out of 3 new'],
    ['one with old pods', deployment({ ...done, replicas: 4 }), 'Progressing', '1 old replicas'],
    ['one not available', deployment({ ...done, availableReplicas: 2 }), 'Progressing', '2 of 3 updated'],
    ['a paused one', deployment(done, { paused: true }), 'Suspended'],
    [
      'one past its deadline',
      deployment({
        ...done,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      }),
      'Degraded',
      'deadline',
    ],
    [
      'one that is going',
      object('apps/v1', 'Deployment', { spec: {} }, { deletionTimestamp: 'now' }),
      'Progressing',
      'deletion',
    ],
    [
      'a StatefulSet that waits',
      object('apps/v1', 'StatefulSet', {
        spec: { replicas: 2 },
        status: { observedGeneration: 2, readyReplicas: 1 },
      }),
      'Progressing',
      '1 of 2 pods',
    ],
    [
      'a DaemonSet',
      object('apps/v1', 'DaemonSet', {
        spec: {},
        status: {
          observedGeneration: 2,
          desiredNumberScheduled: 1,
          updatedNumberScheduled: 1,
          numberAvailable: 1,
        },
      }),
      'Healthy',
    ],
    [
      'a ReplicaSet that fails',
      object('apps/v1', 'ReplicaSet', {
        spec: {},
        status: {
          observedGeneration: 2,
          conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'quota' }],
        },
      }),
      'Degraded',
      'quota',
    ],
    ['a Job that runs', object('batch/v1', 'Job', { spec: {}, status: {} }), 'Progressing'],
    [
      'a Job that failed',
      object('batch/v1', 'Job', {
        spec: {},
        status: { conditions: [{ type: 'Failed', status: 'True', message: 'no' }] },
      }),
      'Degraded',
      'no',
    ],
    [
      'a Job that is complete',
      object('batch/v1', 'Job', { spec: {}, status: { conditions: [{ type: 'Complete', status: 'True' }] } }),
      'Healthy',
    ],
    [
      'a ready Pod',
      object('v1', 'Pod', {
        spec: {},
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      }),
      'Healthy',
    ],
    [
      'a crashing Pod',
      object('v1', 'Pod', {
        spec: {},
        status: {
          phase: 'Running',
          containerStatuses: [
            { name: 'c', state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } } },
          ],
        },
      }),
      'Degraded',
      'back-off',
    ],
    [
      'a Pod that failed',
      object('v1', 'Pod', {
        spec: { restartPolicy: 'Never' },
        status: {
          phase: 'Failed',
          containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 3 } } }],
        },
      }),
      'Degraded',
      'exit code 3',
    ],
    ['a ClusterIP Service', object('v1', 'Service', { spec: {} }), 'Healthy'],
    [
      'a LoadBalancer without address',
      object('v1', 'Service', { spec: { type: 'LoadBalancer' } }),
      'Progressing',
    ],
    [
      'a bound claim',
      object('v1', 'PersistentVolumeClaim', { spec: {}, status: { phase: 'Bound' } }),
      'Healthy',
    ],
    [
      'an Ingress',
      object('networking.k8s.io/v1', 'Ingress', {
        spec: {},
        status: { loadBalancer: { ingress: [{ ip: '1' }] } },
      }),
      'Healthy',
    ],
    [
      'an HPA without metrics',
      object('autoscaling/v2', 'HorizontalPodAutoscaler', {
        spec: {},
        status: {
          conditions: [
            { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'none' },
          ],
        },
      }),
      'Degraded',
      'none',
    ],
    ['a Rollout not observed', rollout({ observedGeneration: '1' }), 'Progressing', 'observed'],
    ['a healthy Rollout', rollout({ observedGeneration: '2', phase: 'Healthy' }), 'Healthy'],
    [
      'a paused Rollout',
      rollout({ observedGeneration: '2', phase: 'Paused', message: 'CanaryPauseStep' }),
      'Suspended',
      'CanaryPauseStep',
    ],
    [
      'an aborted Rollout',
      rollout({
        observedGeneration: '2',
        phase: 'Degraded',
        abort: true,
        conditions: [
          { type: 'Progressing', status: 'False', reason: 'RolloutAborted', message: 'error rate' },
        ],
      }),
      'Degraded',
      'error rate',
    ],
    [
      'a Rollout under way',
      rollout({ observedGeneration: '2', phase: 'Progressing', message: 'more replicas' }),
      'Progressing',
      'more replicas',
    ],
    ['a route without parents', route(), 'Progressing'],
    [
      'an accepted route',
      route([
        ['Accepted', 'True'],
        ['ResolvedRefs', 'True'],
      ]),
      'Healthy',
    ],
    [
      'a refused route',
      route([
        ['Accepted', 'True'],
        ['ResolvedRefs', 'False'],
      ]),
      'Degraded',
      'ResolvedRefs is False',
    ],
    [
      'an Application',
      object('argoproj.io/v1alpha1', 'Application', { spec: {}, status: { health: { status: 'Degraded' } } }),
      'Degraded',
    ],
    ['a ConfigMap', object('v1', 'ConfigMap', {}), undefined],
    ['a Deployment of another group', object('other.io/v1', 'Deployment', { spec: {} }), undefined],
  ])('%s', (_, subject, status, message) => {
    const health = healthOf(subject)
    expect(health?.status).toBe(status)
    if (message) expect(health?.message).toContain(message)
  })

  it('orders from best to worst', () => {
    expect(isWorse('Degraded', 'Missing')).toBe(true)
    expect(isWorse('Healthy', 'Suspended')).toBe(false)
  })
})
