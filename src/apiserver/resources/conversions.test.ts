import { expect, it } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import { conversions } from './conversions.ts'

const metadata = { name: 'x', namespace: 'default', annotations: { a: 'b' } }

// Conversion looks at these fields only.
const object = (fields: object) => ({ metadata, ...fields }) as unknown as KubeObject

it.each([
  [
    'events.k8s.io/v1/events',
    object({
      kind: 'Event',
      apiVersion: 'v1',
      involvedObject: { kind: 'Pod', name: 'p' },
      message: 'Started',
      source: { component: 'kubelet' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      count: 2,
    }),
    {
      regarding: { kind: 'Pod', name: 'p' },
      note: 'Started',
      deprecatedCount: 2,
      apiVersion: 'events.k8s.io/v1',
    },
  ],
  [
    'autoscaling/v1/horizontalpodautoscalers',
    object({
      kind: 'HorizontalPodAutoscaler',
      apiVersion: 'autoscaling/v2',
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web' },
        maxReplicas: 5,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
          },
          {
            type: 'Resource',
            resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
          },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      },
      status: {
        currentReplicas: 1,
        desiredReplicas: 2,
        conditions: [{ type: 'AbleToScale', status: 'True' }],
      },
    }),
    { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 70, maxReplicas: 5 } },
  ],
])('%s loses nothing on the way and back', (name, kept, expected) => {
  const shared = conversions[name]
  const served = shared?.conversion.toServed(kept)
  expect(served).toMatchObject(expected)
  expect(shared?.conversion.toKept(served ?? kept)).toEqual(kept)
})
