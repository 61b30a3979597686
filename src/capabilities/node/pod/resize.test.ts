import { expect, it } from 'vitest'
import type { Pod, ResourceRequirements } from '../../../kube/generated/core-v1.ts'
import { type ContainerView, newView } from './container-view.ts'
import { podStatus } from './pod-status.ts'
import { podStep } from './pod-step.ts'

const NOW = Date.UTC(2026, 0, 1)
const place = {
  podIP: '127.64.0.9',
  hostIP: '127.0.0.1',
  isolation: { isIsolated: false, reason: 'ProcessRuntime', message: 'none' },
}
const one = { requests: { cpu: '1' } }
const two = { requests: { cpu: '2' } }

function statusOf(asked: ResourceRequirements, given: ResourceRequirements, before?: Pod['status']) {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '', generation: 2 },
    spec: { containers: [{ name: 'c', image: 'i', resources: asked }] },
    status: before,
  }
  const view: ContainerView = {
    ...newView(),
    state: { kind: 'running', id: 'c1', startedAt: NOW },
    started: true,
    passing: true,
    given,
  }
  const situation = { pod, views: new Map([['c', view]]), now: NOW }
  return podStatus(situation, podStep(situation), place)
}
const pending = (status: Pod['status']) => status?.conditions?.find(({ type }) => type === 'PodResizePending')

it('shows what a container was started with, and that more is not given while it runs', () => {
  const status = statusOf(two, one)
  expect(status.containerStatuses?.[0]).toMatchObject({ allocatedResources: one.requests, resources: one })
  expect(pending(status)).toMatchObject({ status: 'True', reason: 'Infeasible', observedGeneration: 2 })
  // It was started again, or the wish was taken back.
  expect(pending(statusOf(two, two, status))).toBeUndefined()
  expect(pending(statusOf(one, one))).toBeUndefined()
})
