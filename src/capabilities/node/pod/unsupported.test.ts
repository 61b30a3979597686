import { describe, expect, it } from 'vitest'
import type { Container, Pod, PodSpec } from '../../../kube/generated/core-v1.ts'
import { stopSignalOf } from '../container/stop-signal.ts'
import { unsupportedFields } from './unsupported.ts'

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', image: 'x', ...more })
const pod = (spec: Partial<PodSpec>) => ({ spec: { containers: [container()], ...spec } }) as Pod

describe('a pod is refused for', () => {
  it.each<[string | undefined, Partial<PodSpec>]>([
    [undefined, {}],
    [undefined, { os: { name: 'linux' } }],
    ['spec.os', { os: { name: 'windows' } }],
    ['spec.resourceClaims', { resourceClaims: [{ name: 'gpu' }] }],
    [undefined, { containers: [container({ restartPolicy: 'Always' })] }],
    [undefined, { containers: [container({ restartPolicy: 'Never' })] }],
    [
      'spec.containers[0].restartPolicyRules',
      { containers: [container({ restartPolicyRules: [{ action: 'RestartAllContainers' }] })] },
    ],
    [undefined, { restartPolicy: 'Never', containers: [container({ restartPolicy: 'Never' })] }],
    [undefined, { initContainers: [container({ restartPolicy: 'OnFailure' })] }],
    [undefined, { restartPolicy: 'Never', initContainers: [container({ restartPolicy: 'Always' })] }],
    [undefined, { containers: [container({ lifecycle: { stopSignal: 'SIGUSR1' } })] }],
    [
      'spec.containers[0].lifecycle.stopSignal',
      { containers: [container({ lifecycle: { stopSignal: 'SIGRTMIN+3' } })] },
    ],
  ])('%s: %j', (field, spec) => {
    expect(unsupportedFields(pod(spec)).map(text => text.split(':')[0])).toEqual(
      field === undefined ? [] : [field],
    )
  })
})

it.each([
  [undefined, 'SIGTERM'],
  ['SIGQUIT', 'SIGQUIT'],
])('stopSignal %s sends %s', (stopSignal, expected) =>
  expect(stopSignalOf(container(stopSignal ? { lifecycle: { stopSignal } } : {}))).toBe(expected),
)
