import { expect, it } from 'vitest'
import type { Pod, ResourceRequirements } from '../generated/core-v1.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { checkResize } from './pod-resize.ts'
import { Rules } from './rules.ts'

const pod = (resources: ResourceRequirements): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: [{ name: 'c', image: 'i', resources }] },
  status: { qosClass: 'Burstable' },
})
const burstable = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2' } }
const guaranteed = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }

it.each<[string, ResourceRequirements, ResourceRequirements, string[]]>([
  ['more', burstable, { requests: { cpu: '2', memory: '2Gi' }, limits: { cpu: '3' } }, []],
  ['a limit where there was none', burstable, { ...burstable, limits: { cpu: '2', memory: '2Gi' } }, []],
  [
    'another class',
    burstable,
    guaranteed,
    ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
  ],
  [
    'a limit that goes',
    burstable,
    { requests: burstable.requests },
    ['spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed'],
  ],
  [
    'a request that goes',
    burstable,
    { ...burstable, requests: { cpu: '1' } },
    ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
  ],
  [
    'another resource',
    burstable,
    { ...burstable, requests: { ...burstable.requests, 'ephemeral-storage': '1Gi' } },
    ['spec: Forbidden: only cpu and memory resources are mutable'],
  ],
])('%s', (_, before, after, expected) => {
  const rules = new Rules()
  checkResize(rules, pod(after), pod(before))
  expect(rules.errors.map(fieldErrorMessage)).toEqual(expected)
})
