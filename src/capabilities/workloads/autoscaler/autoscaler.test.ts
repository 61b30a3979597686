import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { CustomResourceDefinition } from '../../../kube/generated/apiextensions-v1.ts'
import { Deployment } from '../../../kube/generated/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../../kube/generated/autoscaling-v2.ts'
import { Event, ReplicationController } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { workloads } from '../index.ts'
import { fakeNode } from '../testing/fake-node.ts'

const inDefault = { namespace: 'default' }
const ref = { name: 'web', namespace: 'default' }
const PERIOD = 15_000

/** The external metrics API, played by a custom resource whose plural is the metric. */
type Queue = KubeObject & { value: string; timestamp: string }
const Queue: Kind<Queue> = {
  group: 'external.metrics.k8s.io',
  version: 'v1beta1',
  kind: 'ExternalMetricValue',
  plural: 'queue',
  namespaced: true,
}

describe('a HorizontalPodAutoscaler on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let clock: VirtualClock

  beforeEach(async () => {
    clock = new VirtualClock()
    test = await startTestKernel({ capabilities: [workloads], clock })
    kernel = test.kernel
    fakeNode(kernel)
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    await kernel.client.create(CustomResourceDefinition, {
      metadata: {
        name: 'queue.external.metrics.k8s.io',
        annotations: { 'api-approved.kubernetes.io': 'https://example.com' },
      },
      spec: {
        group: Queue.group,
        scope: 'Namespaced',
        names: { kind: Queue.kind, plural: 'queue' },
        versions: [{ name: 'v1beta1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    })
    await clock.advance(1000)
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'one' }] },
  }
  const autoscale = (apiVersion: string, kind: string) =>
    kernel.client.create(HorizontalPodAutoscaler, {
      metadata: ref,
      spec: {
        scaleTargetRef: { apiVersion, kind, name: 'web' },
        minReplicas: 1,
        maxReplicas: 5,
        metrics: [
          {
            type: 'External',
            external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
          },
        ],
      },
    })
  const queue = (value: string) =>
    kernel.client.create(Queue, { metadata: ref, value, timestamp: '2026-01-01T00:00:00Z' })
  const condition = async (type: string) =>
    (await kernel.client.get(HorizontalPodAutoscaler, ref)).status?.conditions?.find(
      each => each.type === type,
    )

  it('scales a Deployment up at once and down after five minutes', async () => {
    const selector = { matchLabels: { app: 'web' } }
    await kernel.client.create(Deployment, { metadata: ref, spec: { selector, template } })
    await queue('35')
    await autoscale('apps/v1', 'Deployment')
    await clock.advance(1000)
    const replicas = async () => (await kernel.client.get(Deployment, ref)).spec.replicas
    expect(await replicas()).toBe(4)
    const { status } = await kernel.client.get(HorizontalPodAutoscaler, ref)
    expect(status).toMatchObject({ currentReplicas: 1, desiredReplicas: 4 })
    expect(await condition('AbleToScale')).toMatchObject({ status: 'True', reason: 'SucceededRescale' })
    expect(await condition('ScalingActive')).toMatchObject({ status: 'True', reason: 'ValidMetricFound' })
    await kernel.client.patch(Queue, ref, { value: '5' })
    await clock.advance(4 * PERIOD)
    expect(await condition('AbleToScale')).toMatchObject({ reason: 'ScaleDownStabilized' })
    expect(await replicas()).toBe(4)
    await clock.advance(300_000)
    expect(await replicas()).toBe(1)
    const messages = (await kernel.client.list(Event, inDefault)).items.map(({ message }) => message)
    expect(messages).toContain('New size: 4; reason: external metric queue(nil) above target')
    expect(messages).toContain('New size: 1; reason: All metrics below target')
  })

  it('scales a ReplicationController, and says why it cannot when there is no metric', async () => {
    await kernel.client.create(ReplicationController, { metadata: ref, spec: { template } })
    await autoscale('v1', 'ReplicationController')
    await clock.advance(1000)
    expect(await condition('ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'FailedGetExternalMetric',
      message:
        'the HPA was unable to compute the replica count: unable to get external metric default/queue/nil: no metrics returned from external metrics API',
    })
    await queue('15')
    await clock.advance(PERIOD)
    expect((await kernel.client.get(ReplicationController, ref)).status?.readyReplicas).toBe(2)
  })

  it('says that its target is missing', async () => {
    await autoscale('apps/v1', 'Deployment')
    await clock.advance(1000)
    expect(await condition('AbleToScale')).toMatchObject({
      status: 'False',
      reason: 'FailedGetScale',
      message: `the HPA controller was unable to get the target's current scale: deployments.apps "web" not found`,
    })
  })
})
