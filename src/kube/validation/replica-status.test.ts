import { describe, expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const metadata = { name: 'web', namespace: 'default' }

function problems(groupKind: string, status: object, previous: object = {}): string[] {
  const [group = '', kind = ''] = groupKind.split('/')
  const of = (it: object) => ({ metadata, status: it })
  const about = { group, version: 'v1', kind, namespaced: true }
  return validateObject(about, of(status), of(previous), 'status').map(fieldErrorMessage)
}

const whole = { replicas: 3, readyReplicas: 2, availableReplicas: 1 }

describe('numbers of pods in a status', () => {
  it.each([
    ['apps/Deployment', { ...whole, updatedReplicas: 3, terminatingReplicas: 7, collisionCount: 1 }],
    ['apps/ReplicaSet', { ...whole, fullyLabeledReplicas: 3 }],
    ['/ReplicationController', { ...whole, fullyLabeledReplicas: 3 }],
    ['apps/StatefulSet', { ...whole, currentReplicas: 3, updatedReplicas: 3 }],
    ['apps/DaemonSet', { numberReady: 4, desiredNumberScheduled: 3 }],
  ])('of a %s that may be', (kind, status) => {
    expect(problems(kind, status)).toEqual([])
  })

  it.each<[string, object, object, string[]]>([
    [
      'apps/Deployment',
      { replicas: -1 },
      {},
      [
        'status.replicas: Invalid value: -1: must be greater than or equal to 0',
        'status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas',
        'status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas',
      ],
    ],
    [
      'apps/Deployment',
      { ...whole, updatedReplicas: 4 },
      {},
      ['status.updatedReplicas: Invalid value: 4: cannot be greater than status.replicas'],
    ],
    [
      'apps/Deployment',
      { ...whole, availableReplicas: 3 },
      {},
      ['status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas'],
    ],
    [
      'apps/Deployment',
      {},
      { collisionCount: 2 },
      ['status.collisionCount: Invalid value: 0: cannot be decremented'],
    ],
    [
      'apps/ReplicaSet',
      { ...whole, fullyLabeledReplicas: 4 },
      {},
      ['status.fullyLabeledReplicas: Invalid value: 4: cannot be greater than status.replicas'],
    ],
    [
      '/ReplicationController',
      { replicas: 1, readyReplicas: 2 },
      {},
      ['status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas'],
    ],
    [
      'apps/StatefulSet',
      { ...whole, availableReplicas: 3 },
      {},
      ['status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas'],
    ],
    [
      'apps/StatefulSet',
      { ...whole, currentReplicas: 4 },
      {},
      ['status.currentReplicas: Invalid value: 4: cannot be greater than status.replicas'],
    ],
    [
      'apps/DaemonSet',
      { numberMisscheduled: -2 },
      {},
      ['status.numberMisscheduled: Invalid value: -2: must be greater than or equal to 0'],
    ],
    [
      'apps/DaemonSet',
      { collisionCount: 1 },
      { collisionCount: 2 },
      ['status.collisionCount: Invalid value: 1: cannot be decremented'],
    ],
    [
      'autoscaling/HorizontalPodAutoscaler',
      { desiredReplicas: -1 },
      {},
      ['status.desiredReplicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'policy/PodDisruptionBudget',
      { expectedPods: -1 },
      {},
      ['status.expectedPods: Invalid value: -1: must be greater than or equal to 0'],
    ],
  ])('of a %s: %j', (kind, status, previous, expected) => {
    expect(problems(kind, status, previous)).toEqual(expected)
  })
})
