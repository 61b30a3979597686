import { expect, it } from 'vitest'
import type { Container, Pod } from '../../../kube/generated/core-v1.ts'
import type { Terminated } from './container-view.ts'
import { willRestart } from './restart-policy.ts'

const rule = (operator: string, ...values: number[]) => ({
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator, values } }],
})

it.each<[boolean, string, Partial<Container>, number]>([
  [true, 'Always', {}, 0],
  [false, 'OnFailure', {}, 0],
  [true, 'OnFailure', {}, 1],
  [false, 'Never', {}, 1],
  [true, 'Never', { restartPolicy: 'OnFailure' }, 1],
  [false, 'Always', { restartPolicy: 'Never' }, 1],
  [true, 'Never', { restartPolicy: 'Never', ...rule('In', 42) }, 42],
  [false, 'Never', { restartPolicy: 'Never', ...rule('In', 42) }, 1],
  [false, 'Never', { restartPolicy: 'Never', ...rule('NotIn', 42) }, 42],
  [true, 'Never', { restartPolicy: 'Never', ...rule('NotIn', 42) }, 1],
])('%s: of a pod %s, %j after exit code %i', (expected, restartPolicy, more, exitCode) => {
  const container = { name: 'c', image: 'x', ...more }
  const pod = { spec: { restartPolicy, containers: [container] } } as Pod
  expect(willRestart(pod, container, { exitCode } as Terminated)).toBe(expected)
  const init = { spec: { restartPolicy, containers: [], initContainers: [container] } } as unknown as Pod
  if (restartPolicy === 'Always' && !more.restartPolicy)
    expect(willRestart(init, container, { exitCode: 0 } as Terminated)).toBe(false)
})
