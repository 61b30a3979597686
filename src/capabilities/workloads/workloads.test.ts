import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Capability, Kernel } from '../../kernel/capability.ts'
import { startTestKernel, type TestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { Deployment, ReplicaSet } from '../../kube/generated/apps-v1.ts'
import { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import { Job } from '../../kube/generated/batch-v1.ts'
import {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Pod,
  Service,
  ServiceAccount,
} from '../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../kube/generated/discovery-v1.ts'
import { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import { apiError } from '../../kube/status.ts'
import type { Kind } from '../../kube/kind.ts'
import type { Draft } from '../../kube/object.ts'
import { workloads } from './index.ts'
import { fakeNode, type Outcome } from './testing/fake-node.ts'

const ns = 'default'

const web = (image: string, replicas = 3): Draft<Deployment> => ({
  metadata: { name: 'web', namespace: ns },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
  },
})

const job = (name: string, spec: Partial<Job['spec']>): Draft<Job> => ({
  metadata: { name, namespace: ns },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'check', image: 'one' }] } },
  },
})

/** Refuses pods of one image, as a policy would. */
const strict: Capability = {
  name: 'strict',
  summary: '',
  admission: () => [
    {
      name: 'strict',
      handles: ({ kind, operation }) => kind.kind === 'Pod' && operation === 'CREATE',
      validate({ object }) {
        if (JSON.stringify(object).includes('forbidden'))
          throw apiError('Forbidden', 'pods are forbidden: this image is not allowed')
        return undefined
      },
    },
  ],
}

describe('workloads on an embedded API', () => {
  let test: TestKernel
  let kernel: Kernel
  let outcome: (pod: Pod) => Outcome

  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [workloads, strict] })
    kernel = test.kernel
    outcome = () => 'ready'
    fakeNode(kernel, pod => outcome(pod))
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const pods = async () => (await kernel.client.list(Pod, { namespace: ns })).items
  const deployment = () => kernel.client.get(Deployment, { name: 'web', namespace: ns })
  const replicaSets = async () => (await kernel.client.list(ReplicaSet, { namespace: ns })).items
  const progress = (object: Deployment) =>
    object.status?.conditions?.find(condition => condition.type === 'Progressing')?.reason
  const complete = (image: string) =>
    until(`the rollout of ${image}`, async () => {
      const current = await deployment()
      const images = (await pods()).map(pod => pod.spec.containers[0]?.image)
      return (
        current.spec.template.spec?.containers[0]?.image === image &&
        current.status?.observedGeneration === current.metadata.generation &&
        progress(current) === 'NewReplicaSetAvailable' &&
        current.status?.availableReplicas === current.spec.replicas &&
        images.length === current.spec.replicas &&
        images.every(each => each === image)
      )
    })
  const setImage = (image: string) =>
    kernel.client.patch(
      Deployment,
      { name: 'web', namespace: ns },
      { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } },
      { type: 'strategic' },
    )

  it('rolls a Deployment out, over and back, keeping revisions', async () => {
    await kernel.client.create(Deployment, web('one'))
    await complete('one')
    await setImage('two')
    await complete('two')
    const revisions = (await replicaSets()).map(each => [
      each.spec.template?.spec?.containers[0]?.image,
      each.metadata.annotations?.['deployment.kubernetes.io/revision'],
      each.spec.replicas,
    ])
    expect(revisions.sort()).toEqual([
      ['one', '1', 0],
      ['two', '2', 3],
    ])
    await setImage('one')
    await complete('one')
    expect((await deployment()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    expect(await replicaSets()).toHaveLength(2)
  })

  it('never makes more pods than the surge allows, whatever the informers lag', async () => {
    let most = 0
    kernel.informers.for(Pod).onChange(() => {
      const active = kernel.informers
        .for(Pod)
        .list(ns)
        .filter(pod => !pod.metadata.deletionTimestamp)
      most = Math.max(most, active.length)
    })
    await kernel.client.create(Deployment, web('one', 10))
    await complete('one')
    expect(most).toBe(10)
    await setImage('two')
    await complete('two')
    expect(most).toBeLessThanOrEqual(13)
  })

  it('replaces a pod that is deleted', async () => {
    await kernel.client.create(Deployment, web('one'))
    await complete('one')
    const [pod] = await pods()
    await kernel.client.delete(Pod, pod!.metadata)
    await until('a replacement', async () =>
      (await pods()).every(each => each.metadata.uid !== pod!.metadata.uid),
    )
    await complete('one')
  })

  it('says on the Deployment why the API refuses its pods, and recovers', async () => {
    await kernel.client.create(Deployment, web('forbidden'))
    const failure = await until('the condition', async () =>
      (await deployment()).status?.conditions?.find(({ type }) => type === 'ReplicaFailure'),
    )
    expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' })
    expect(failure.message).toContain('this image is not allowed')
    await setImage('one')
    await complete('one')
    const types = (await deployment()).status?.conditions?.map(({ type }) => type)
    expect(types).not.toContain('ReplicaFailure')
  })

  it('waits with the next step until new pods are ready', async () => {
    await kernel.client.create(Deployment, web('one', 4))
    await complete('one')
    outcome = pod => (pod.spec.containers[0]?.image === 'two' ? 'unready' : 'ready')
    await setImage('two')
    // 25 % of four: one pod more, one pod fewer.
    await until('the standstill', async () => {
      const { status } = await deployment()
      return status?.updatedReplicas === 2 && status.availableReplicas === 3 && status.replicas === 5
    })
    expect((await deployment()).status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Available', status: 'True' }),
    )
  })

  it('runs a Job to its end', async () => {
    outcome = () => 'succeeded'
    await kernel.client.create(Job, job('check', { completions: 3, parallelism: 2 }))
    const done = await until('completion', async () => {
      const found = await kernel.client.get(Job, { name: 'check', namespace: ns })
      return found.status?.conditions?.some(({ type }) => type === 'Complete') && found
    })
    expect(done.status).toMatchObject({ succeeded: 3, ready: 0 })
    await until('no finalizers', async () => (await pods()).every(pod => !pod.metadata.finalizers?.length))
    expect(await pods()).toHaveLength(3)
  })

  it('fails a Job beyond its backoff limit and deletes it after its time to live', async () => {
    outcome = () => 'failed'
    await kernel.client.create(Job, job('check', { backoffLimit: 0, ttlSecondsAfterFinished: 0 }))
    await until('the event', async () =>
      (await kernel.client.list(Event, { namespace: ns })).items.some(
        each => each.reason === 'BackoffLimitExceeded',
      ),
    )
    await until('no Job', async () => !(await kernel.client.find(Job, { name: 'check', namespace: ns })))
    await until('no pods', async () => (await pods()).length === 0)
  })

  it('leaves a Job to the controller it names', async () => {
    await kernel.client.create(Job, job('other', { managedBy: 'example.com/other' }))
    outcome = () => 'succeeded'
    await kernel.client.create(Job, job('own', {}))
    await until('the own Job', async () => {
      const { status } = await kernel.client.get(Job, { name: 'own', namespace: ns })
      return status?.succeeded === 1
    })
    const other = await kernel.client.get(Job, { name: 'other', namespace: ns })
    expect(other.status?.conditions).toBeUndefined()
    expect(await pods()).toHaveLength(1)
  })

  it('keeps count of the disruptions that a budget allows', async () => {
    const budget = { name: 'budget', namespace: ns }
    await kernel.client.create(PodDisruptionBudget, {
      metadata: budget,
      spec: { maxUnavailable: '25%', selector: { matchLabels: { app: 'web' } } },
    })
    const allowed = (count: number, healthy: number) =>
      until(`${count} disruptions`, async () => {
        const { status } = await kernel.client.get(PodDisruptionBudget, budget)
        if (status?.disruptionsAllowed === count && status.currentHealthy === healthy) return status
        throw new Error(JSON.stringify(status))
      })
    await allowed(0, 0)
    await kernel.client.create(Deployment, web('one'))
    await complete('one')
    expect(await allowed(1, 3)).toMatchObject({ expectedPods: 3, desiredHealthy: 2 })
    outcome = () => 'unready'
    const [pod] = await pods()
    await kernel.client.delete(Pod, pod!.metadata)
    await allowed(0, 2)
  })

  it('deletes pods and ReplicaSets after their Deployment, in the background and in the foreground', async () => {
    await kernel.client.create(Deployment, web('one'))
    await complete('one')
    await kernel.client.delete(Deployment, { name: 'web', namespace: ns })
    await until('nothing left', async () => (await pods()).length === 0 && (await replicaSets()).length === 0)

    await kernel.client.create(Deployment, web('two'))
    await complete('two')
    await kernel.client.delete(
      Deployment,
      { name: 'web', namespace: ns },
      { propagationPolicy: 'Foreground' },
    )
    await until(
      'the Deployment itself gone',
      async () => !(await kernel.client.find(Deployment, { name: 'web', namespace: ns })),
    )
    expect(await replicaSets()).toEqual([])
  })

  it('orphans what it is asked to orphan, and a new Deployment adopts it', async () => {
    await kernel.client.create(Deployment, web('one'))
    await complete('one')
    const before = (await pods()).map(pod => pod.metadata.uid).sort()
    await kernel.client.delete(Deployment, { name: 'web', namespace: ns }, { propagationPolicy: 'Orphan' })
    await until(
      'no Deployment',
      async () => !(await kernel.client.find(Deployment, { name: 'web', namespace: ns })),
    )
    const [orphan] = await replicaSets()
    expect(orphan?.metadata.ownerReferences ?? []).toEqual([])
    await kernel.client.create(Deployment, web('one'))
    await complete('one')
    expect((await pods()).map(pod => pod.metadata.uid).sort()).toEqual(before)
    expect((await replicaSets())[0]?.metadata.ownerReferences?.[0]?.kind).toBe('Deployment')
  })

  it('keeps endpoints of a Service in step with its pods', async () => {
    await kernel.client.create(Service, {
      metadata: { name: 'web', namespace: ns },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    })
    await kernel.client.create(Deployment, web('one'))
    const slice = await until('three ready endpoints', async () => {
      const { items } = await kernel.client.list(EndpointSlice, {
        namespace: ns,
        labelSelector: 'kubernetes.io/service-name=web',
      })
      const ready = items[0]?.endpoints?.filter(endpoint => endpoint.conditions?.ready)
      return items.length === 1 && ready?.length === 3 && items[0]
    })
    expect(slice.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }])
    const legacy = await until('the Endpoints object', async () => {
      const found = await kernel.client.find(Endpoints, { name: 'web', namespace: ns })
      return found?.subsets?.[0]?.addresses?.length === 3 && found
    })
    expect(legacy.subsets?.[0]?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }])
    expect(legacy.metadata.ownerReferences).toBeUndefined()
    expect(legacy.metadata.annotations).toHaveProperty(['endpoints.kubernetes.io/last-change-trigger-time'])
    await kernel.client.delete(Service, { name: 'web', namespace: ns })
    await until('no slices', async () => {
      const { items } = await kernel.client.list(EndpointSlice, { namespace: ns })
      return !items.some(each => each.metadata.labels?.['kubernetes.io/service-name'] === 'web')
    })
    await until(
      'no Endpoints',
      async () => !(await kernel.client.find(Endpoints, { name: 'web', namespace: ns })),
    )
  })

  it('removes hand-written Endpoints with their Service, and no others', async () => {
    const write = (name: string) =>
      kernel.client.create(Endpoints, { metadata: { name, namespace: ns }, subsets: [] })
    await kernel.client.create(Service, {
      metadata: { name: 'by-hand', namespace: ns },
      spec: { ports: [{ port: 80 }] },
    })
    await write('by-hand')
    await write('alone')
    await kernel.client.delete(Service, { name: 'by-hand', namespace: ns })
    await until(
      'its end',
      async () => !(await kernel.client.find(Endpoints, { name: 'by-hand', namespace: ns })),
    )
    expect(await kernel.client.find(Endpoints, { name: 'alone', namespace: ns })).toBeDefined()
  })

  it('empties a namespace and lets it go, saying meanwhile what holds it', async () => {
    await kernel.client.create(Namespace, { metadata: { name: 'tour' }, spec: {} })
    await until('its ServiceAccount', () =>
      kernel.client.find(ServiceAccount, { name: 'default', namespace: 'tour' }),
    )
    await kernel.client.create(Service, {
      metadata: { name: 'held', namespace: 'tour', finalizers: ['example.com/hold'] },
      spec: { ports: [{ port: 80 }] },
    })
    await kernel.client.delete(Namespace, { name: 'tour' })
    const held = await until('the condition', async () => {
      const found = await kernel.client.get(Namespace, { name: 'tour' })
      return found.status?.conditions?.find(
        ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
      )
    })
    expect(held.message).toContain('example.com/hold in 1 resource instances')
    await kernel.client.patch(
      Service,
      { name: 'held', namespace: 'tour' },
      { metadata: { finalizers: null } },
    )
    await until('the namespace gone', async () => !(await kernel.client.find(Namespace, { name: 'tour' })))
  })

  it('treats an owner in another namespace as absent, and says so', async () => {
    await kernel.client.create(Namespace, { metadata: { name: 'other' }, spec: {} })
    const owner = await kernel.client.create(Service, {
      metadata: { name: 'owner', namespace: 'other' },
      spec: { ports: [{ port: 80 }] },
    })
    const { name, uid } = owner.metadata
    await kernel.client.create(Service, {
      metadata: {
        name: 'child',
        namespace: ns,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid }],
      },
      spec: { ports: [{ port: 80 }] },
    })
    await until(
      'the child gone',
      async () => !(await kernel.client.find(Service, { name: 'child', namespace: ns })),
    )
    await until('the event', async () =>
      (await kernel.client.list(Event, { namespace: ns })).items.some(
        ({ reason, message }) => reason === 'OwnerRefInvalidNamespace' && message?.includes('"other"'),
      ),
    )
  })

  it('collects custom resources too, once they are defined', async () => {
    const boats: Kind = {
      group: 'example.com',
      version: 'v1',
      kind: 'Boat',
      plural: 'boats',
      namespaced: true,
    }
    await kernel.client.create(CustomResourceDefinition, {
      metadata: { name: 'boats.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Boat', plural: 'boats' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    })
    await until('the kind', () => kernel.client.resolve('example.com/v1', 'Boat'))
    const boat = await kernel.client.create(boats, { metadata: { name: 'canoe', namespace: ns } })
    const { name, uid } = boat.metadata
    const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Boat', name, uid }]
    await kernel.client.create(boats, { metadata: { name: 'paddle', namespace: ns, ownerReferences } })
    await kernel.client.create(ConfigMap, { metadata: { name: 'manual', namespace: ns, ownerReferences } })
    await kernel.client.delete(boats, { name: 'canoe', namespace: ns })
    await until(
      'the paddle gone',
      async () => !(await kernel.client.find(boats, { name: 'paddle', namespace: ns })),
    )
    await until(
      'the manual gone',
      async () => !(await kernel.client.find(ConfigMap, { name: 'manual', namespace: ns })),
    )
  })
})
