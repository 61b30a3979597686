import { expect, it } from 'vitest'
import type { Pod } from '../../kube/generated/core-v1.ts'
import { usagePerContainer } from './simulated-usage.ts'

const pod = (annotations: Record<string, string>, phase = 'Running', isSimulated = true) =>
  ({
    metadata: { name: 'web', annotations },
    spec: { containers: [] },
    status: {
      phase,
      conditions: isSimulated ? [{ type: 'drave.dev/Simulated', status: 'True', message: 'acted out' }] : [],
    },
    // What the function reads of a pod.
  }) as unknown as Pod

const both = { 'kwok.x-k8s.io/usage-cpu': '250m', 'kwok.x-k8s.io/usage-memory': '1Mi' }

it.each([
  ['as annotated', pod(both), { cpuNanocores: 250_000_000, memoryBytes: 1_048_576 }],
  ['not without annotations', pod({}), undefined],
  ['not with half of them', pod({ 'kwok.x-k8s.io/usage-cpu': '1' }), undefined],
  ['not for what is no quantity', pod({ ...both, 'kwok.x-k8s.io/usage-cpu': 'much' }), undefined],
  ['not before the pod runs', pod(both, 'Pending'), undefined],
  ['not for a pod that is real', pod(both, 'Running', false), undefined],
])('usage of a simulated pod: %s', (_, given, expected) => expect(usagePerContainer(given)).toEqual(expected))
