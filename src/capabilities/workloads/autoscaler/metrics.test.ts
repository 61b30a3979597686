import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Kernel } from '../../../kernel/capability.ts'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { CustomResourceDefinition } from '../../../kube/generated/apiextensions-v1.ts'
import { Deployment } from '../../../kube/generated/apps-v1.ts'
import { HorizontalPodAutoscaler, type MetricSpec } from '../../../kube/generated/autoscaling-v2.ts'
import { Event, Pod } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { workloads } from '../index.ts'
import { fakeNode } from '../testing/fake-node.ts'

const namespace = 'default'
const ref = { name: 'web', namespace }
const PERIOD = 15_000
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

type Values = KubeObject & Record<string, unknown>

let test: TestKernel
let kernel: Kernel
let clock: VirtualClock

beforeEach(async () => {
  clock = new VirtualClock()
  test = await startTestKernel({ capabilities: [workloads], clock })
  kernel = test.kernel
  fakeNode(kernel)
})
afterEach(() => test[Symbol.asyncDispose]())

/** A metrics API, played by a custom resource: lists of both have the same form. */
async function serve(
  group: string,
  version: string,
  names: { kind: string; plural: string },
): Promise<Kind<Values>> {
  await kernel.client.create(CustomResourceDefinition, {
    metadata: {
      name: `${names.plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'https://example.com' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names,
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: open } }],
    },
  })
  await clock.advance(1000)
  return { group, version, ...names, namespaced: true }
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'web', image: 'one', resources: { requests: { cpu: '100m' } } },
      { name: 'side', image: 'one', resources: { requests: { cpu: '900m' } } },
    ],
  },
}
const deploy = (replicas = 1) =>
  kernel.client.create(Deployment, {
    metadata: ref,
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
  })
const autoscale = (metric: MetricSpec, { name = 'web', apiVersion = 'apps/v1', kind = 'Deployment' } = {}) =>
  kernel.client.create(HorizontalPodAutoscaler, {
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion, kind, name: 'web' },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [metric],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  })
const replicas = async () => (await kernel.client.get(Deployment, ref)).spec.replicas
const active = async (name = 'web') =>
  (await kernel.client.get(HorizontalPodAutoscaler, { name, namespace })).status?.conditions?.find(
    ({ type }) => type === 'ScalingActive',
  )

describe('usage of pods', () => {
  /** Says what the containers of every pod use from now on. */
  async function use(podMetrics: Kind<Values>, cpu: { web: string; side: string }) {
    const { items } = await kernel.client.list(Pod, { namespace })
    for (const { metadata } of items) {
      const { name, labels } = metadata
      const containers = Object.entries(cpu).map(([container, used]) => ({
        name: container,
        usage: { cpu: used, memory: '1Mi' },
      }))
      const timestamp = new Date(clock.now()).toISOString()
      const usage = { timestamp, window: '15s', containers }
      const known = await kernel.client.find(podMetrics, { name, namespace })
      if (known) await kernel.client.patch(podMetrics, metadata, usage)
      else await kernel.client.create(podMetrics, { metadata: { name, namespace, labels }, ...usage })
    }
  }
  const podMetrics = () => serve('metrics.k8s.io', 'v1beta1', { kind: 'PodMetrics', plural: 'pods' })

  it.each<[string, MetricSpec, { web: string; side: string }, { web: string; side: string }]>([
    [
      'of all containers',
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
      { web: '250m', side: '750m' },
      { web: '50m', side: '50m' },
    ],
    [
      'of one container',
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'web',
          target: { type: 'Utilization', averageUtilization: 50 },
        },
      },
      { web: '100m', side: '0' },
      { web: '10m', side: '900m' },
    ],
  ])('%s scales up and down', async (_, metric, busy, idle) => {
    const kind = await podMetrics()
    await deploy()
    await clock.advance(60_000)
    await use(kind, busy)
    await autoscale(metric)
    await clock.advance(1000)
    expect(await replicas()).toBe(2)
    await clock.advance(60_000)
    await use(kind, idle)
    await clock.advance(PERIOD)
    expect(await active()).toMatchObject({ status: 'True', reason: 'ValidMetricFound' })
    expect(await replicas()).toBe(1)
  })
})

describe('two autoscalers of the same pods', () => {
  it('are refused, both', async () => {
    await serve('metrics.k8s.io', 'v1beta1', { kind: 'PodMetrics', plural: 'pods' })
    await deploy()
    await clock.advance(1000)
    const metric: MetricSpec = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
    }
    await autoscale(metric)
    await autoscale(metric, { name: 'other' })
    await clock.advance(2 * PERIOD)
    const message =
      'pods by selector app=web are controlled by multiple HPAs: [{other default} {web default}]'
    for (const name of ['web', 'other'])
      expect(await active(name)).toMatchObject({ status: 'False', reason: 'AmbiguousSelector', message })
    const reasons = (await kernel.client.list(Event, { namespace })).items.map(({ reason }) => reason)
    expect(reasons).toContain('AmbiguousSelector')
    await kernel.client.delete(HorizontalPodAutoscaler, { name: 'other', namespace })
    await clock.advance(2 * PERIOD)
    expect((await active())?.reason).not.toBe('AmbiguousSelector')
  })
})

describe('a custom kind with a scale', () => {
  it('is scaled by an external metric', async () => {
    const queue = await serve('external.metrics.k8s.io', 'v1beta1', {
      kind: 'ExternalMetricValue',
      plural: 'queue',
    })
    const labelSelector = { type: 'string' }
    await kernel.client.create(CustomResourceDefinition, {
      metadata: { name: 'shops.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Shop', plural: 'shops' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
                  status: {
                    type: 'object',
                    properties: { replicas: { type: 'integer' }, selector: labelSelector },
                  },
                },
              },
            },
            subresources: {
              status: {},
              scale: {
                specReplicasPath: '.spec.replicas',
                statusReplicasPath: '.status.replicas',
                labelSelectorPath: '.status.selector',
              },
            },
          },
        ],
      },
    })
    await clock.advance(1000)
    const Shop: Kind<Values> = {
      group: 'example.com',
      version: 'v1',
      kind: 'Shop',
      plural: 'shops',
      namespaced: true,
    }
    await kernel.client.create(Shop, { metadata: ref, spec: { replicas: 1 } })
    const status = { replicas: 1, selector: 'app=web' }
    await kernel.client.patch(Shop, ref, { status }, { subresource: 'status' })
    await kernel.client.create(queue, { metadata: ref, value: '25', timestamp: '2026-01-01T00:00:00Z' })
    await autoscale(
      {
        type: 'External',
        external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
      },
      { apiVersion: 'example.com/v1', kind: 'Shop' },
    )
    await clock.advance(1000)
    expect((await kernel.client.get(Shop, ref))['spec']).toEqual({ replicas: 3 })
  })
})

describe("in upstream's words", () => {
  const target = { type: 'AverageValue', averageValue: '5' }
  const selector = {
    matchLabels: { verb: 'GET' },
    matchExpressions: [{ key: 'code', operator: 'In', values: ['200', '204'] }],
  }
  const shown =
    '&LabelSelector{MatchLabels:map[string]string{verb: GET,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:code,Operator:In,Values:[200 204],},},}'
  const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' }
  it.each<[string, MetricSpec, string, string]>([
    [
      'FailedGetResourceMetric',
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
      'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
      'failed to get cpu resource metric value: failed to get cpu utilization: ',
    ],
    [
      'FailedGetResourceMetric',
      {
        type: 'Resource',
        resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
      },
      'failed to get memory usage: unable to get metrics for resource memory: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
      'failed to get memory resource metric value: failed to get memory usage: ',
    ],
    [
      'FailedGetPodsMetric',
      { type: 'Pods', pods: { metric: { name: 'rps', selector }, target } },
      'unable to get metric rps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
      'failed to get pods metric value: unable to get metric rps: ',
    ],
    [
      'FailedGetObjectMetric',
      { type: 'Object', object: { metric: { name: 'rps' }, describedObject, target } },
      'unable to get metric rps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered on Service default/web',
      'failed to get object metric value: failed to get rps object metric: unable to get metric rps: ',
    ],
    [
      'FailedGetExternalMetric',
      { type: 'External', external: { metric: { name: 'queue', selector }, target } },
      `unable to get external metric default/queue/${shown}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)`,
      'failed to get queue external metric value: failed to get queue external metric: unable to get external metric ',
    ],
  ])('%s', async (reason, metric, message, whole) => {
    await deploy()
    await autoscale(metric)
    await clock.advance(2 * PERIOD)
    expect(await active()).toMatchObject({
      status: 'False',
      reason,
      message: `the HPA was unable to compute the replica count: ${message}`,
    })
    const events = (await kernel.client.list(Event, { namespace })).items
    expect(events.find(event => event.reason === reason)?.message).toBe(message)
    const computed = events.find(event => event.reason === 'FailedComputeMetricsReplicas')?.message
    expect(computed).toContain(`invalid metrics (1 invalid out of 1), first error is: ${whole}`)
  })

  it('a kind that nobody serves', async () => {
    const cpu: MetricSpec = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
    }
    await autoscale(cpu, { apiVersion: 'nope.example.com/v1', kind: 'Nope' })
    await clock.advance(1000)
    const { status } = await kernel.client.get(HorizontalPodAutoscaler, ref)
    expect(status?.conditions).toMatchObject([
      {
        type: 'AbleToScale',
        status: 'False',
        reason: 'FailedGetScale',
        message: `the HPA controller was unable to get the target's current scale: no matches for kind "Nope" in group "nope.example.com"`,
      },
    ])
  })
})
