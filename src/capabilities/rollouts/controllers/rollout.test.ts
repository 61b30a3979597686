import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { startTestKernel, type TestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import { Event, Pod, Service } from '../../../kube/generated/core-v1.ts'
import { EndpointSlice } from '../../../kube/generated/discovery-v1.ts'
import { BROKEN_IMAGE, fakeCluster } from '../testing/fake-cluster.ts'
import { trafficRouting } from '../testing/fixtures.ts'
import { rollouts } from '../index.ts'
import { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import { AnalysisTemplate } from '../kinds/generated/analysis-template.ts'
import { Rollout, type RolloutSpecStrategyCanary, type RolloutStatus } from '../kinds/generated/rollout.ts'
import { HttpRoute } from '../kinds/http-route.ts'
import { HASH_LABEL } from '../names.ts'
import { startPrometheusDouble } from '../testing/prometheus-double.ts'

const namespace = 'default'
const web = { name: 'web', namespace }
const steps: RolloutSpecStrategyCanary['steps'] = [
  { setWeight: 25 },
  { pause: { duration: '1m' } },
  {
    analysis: {
      templates: [{ templateName: 'errors' }],
      args: [{ name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } }],
    },
  },
  { setWeight: 50 },
  { pause: { duration: 30 } },
]

/** A Rollout with its Services, route and analysis on a cluster double and a clock that the test moves. */
class Stage implements AsyncDisposable {
  readonly clock = new VirtualClock()
  #stack: TestKernel | undefined

  get stack(): TestKernel {
    if (!this.#stack) throw new Error('not started')
    return this.#stack
  }
  get client() {
    return this.stack.kernel.client
  }

  async start(
    strategy: RolloutSpecStrategyCanary,
    options: { prometheus?: string; withRoute?: boolean; spec?: Partial<Rollout['spec']> } = {},
  ) {
    this.#stack = await startTestKernel({
      capabilities: [fakeCluster, rollouts],
      clock: this.clock,
      settings: { 'rollouts.prometheus.address': options.prometheus },
    })
    for (const name of ['web', 'web-canary'])
      await this.client.create(Service, {
        metadata: { name, namespace },
        spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
      })
    if (options.withRoute !== false) await this.createRoute()
    await this.client.create(AnalysisTemplate, {
      metadata: { name: 'errors', namespace },
      spec: {
        args: [{ name: 'hash' }],
        metrics: [
          {
            name: 'error-rate',
            interval: '10s',
            count: 3,
            successCondition: 'result[0] < 0.05',
            provider: { prometheus: { query: 'errors{hash="{{args.hash}}"}', timeout: 600 } },
          },
        ],
      },
    })
    await this.client.create(Rollout, {
      metadata: web,
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: 'web' } },
        template: this.template('web:1'),
        strategy: {
          canary: {
            ...(strategy.trafficRouting ? { stableService: 'web', canaryService: 'web-canary' } : {}),
            ...strategy,
          },
        },
        ...options.spec,
      },
    })
  }

  async createRoute() {
    const backendRefs = [
      { name: 'web', port: 80 },
      { name: 'web-canary', port: 80, weight: 0 },
    ]
    await this.client.create(HttpRoute, { metadata: web, spec: { rules: [{ backendRefs }] } })
  }
  template(image: string) {
    return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } }
  }
  setImage(image: string) {
    return this.client.patch(Rollout, web, { spec: { template: this.template(image) } })
  }
  patchStatus(status: object) {
    return this.client.patch(Rollout, web, { status }, { subresource: 'status' })
  }
  async status(): Promise<RolloutStatus> {
    return (await this.client.get(Rollout, web)).status ?? {}
  }
  async weight(): Promise<number | undefined> {
    const route = await this.client.get(HttpRoute, web)
    return route.spec.rules?.[0]?.backendRefs?.[1]?.weight
  }
  async sizes(): Promise<number[]> {
    const { items } = await this.client.list(ReplicaSet, { namespace })
    return items
      .toSorted(
        (left, right) =>
          Number(left.metadata.annotations?.['rollout.argoproj.io/revision']) -
          Number(right.metadata.annotations?.['rollout.argoproj.io/revision']),
      )
      .map(replicaSet => replicaSet.spec.replicas ?? 0)
  }
  /** Moves the clock step by step until a condition holds. The metric store answers in real time, so its timeout is long. */
  async reach(
    what: string,
    probe: (status: RolloutStatus) => boolean | Promise<boolean>,
    limitMs = 300_000,
  ): Promise<RolloutStatus> {
    const end = this.clock.now() + limitMs
    return until(what, async () => {
      const status = await this.status()
      if (await probe(status)) return status
      if (this.clock.now() >= end) return undefined
      await this.clock.advance(2000)
      return undefined
    })
  }
  healthy() {
    return this.reach('a healthy Rollout', status => status.phase === 'Healthy')
  }
  async reasons(): Promise<string[]> {
    const { items } = await this.client.list(Event, { namespace })
    return items.filter(event => event.involvedObject.kind === 'Rollout').map(event => event.reason ?? '')
  }
  async [Symbol.asyncDispose]() {
    await this.#stack?.[Symbol.asyncDispose]()
  }
}

/** Which images a user of the route may reach, as a gateway sees it whenever anything changes. */
function watchVersions(stage: Stage) {
  const { informers } = stage.stack.kernel
  const seen: { weight: number; images: string[] }[] = []
  const look = () => {
    const backends = informers.for(HttpRoute).get('default/web')?.spec.rules?.[0]?.backendRefs ?? []
    const images = backends
      .filter(backend => (backend.weight ?? 1) > 0)
      .flatMap(backend => {
        const ready = informers
          .for(EndpointSlice)
          .list(namespace)
          .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === backend.name)
          .flatMap(slice => slice.endpoints ?? [])
          .filter(endpoint => endpoint.conditions?.ready)
        return ready.map(
          endpoint =>
            informers.for(Pod).get(`${namespace}/${endpoint.targetRef?.name}`)?.spec.containers[0]?.image ??
            'none',
        )
      })
    const entry = { weight: backends[1]?.weight ?? 1, images: [...new Set(images)].sort() }
    if (JSON.stringify(seen.at(-1)) !== JSON.stringify(entry)) seen.push(entry)
  }
  for (const kind of [HttpRoute, EndpointSlice])
    informers.for<HttpRoute | EndpointSlice>(kind as typeof HttpRoute).onChange(look)
  return seen
}

describe('Rollout', () => {
  it('takes a good version through its steps to all traffic, and never shows the old one again', async () => {
    await using prometheus = await startPrometheusDouble(() => [0.01])
    await using stage = new Stage()
    await stage.start({ steps, trafficRouting }, { prometheus: prometheus.url })
    const first = await stage.healthy()
    expect(first).toMatchObject({
      currentStepIndex: 5,
      replicas: 4,
      availableReplicas: 4,
      observedGeneration: '1',
      selector: 'app=web',
    })

    const seen = watchVersions(stage)
    await stage.setImage('web:2')
    const paused = await stage.reach('the pause', status => status.phase === 'Paused')
    expect([await stage.weight(), await stage.sizes(), paused.currentStepIndex, paused.message]).toEqual([
      25,
      [4, 1],
      1,
      'CanaryPauseStep',
    ])
    const done = await stage.healthy()
    expect(done).toMatchObject({ stableRS: done.currentPodHash, currentStepIndex: 5 })
    await stage.reach('the weight going back', async () => (await stage.weight()) === 0)

    expect(prometheus.queries).toEqual(Array(3).fill(`errors{hash="${done.currentPodHash}"}`))
    const weights = seen.map(entry => entry.weight).filter((weight, index, all) => weight !== all[index - 1])
    expect(weights).toEqual([0, 25, 50, 100, 0])
    const promotedAt = seen.findIndex(entry => entry.weight === 100)
    expect(seen.slice(promotedAt).every(entry => entry.images.join() === 'web:2')).toBe(true)
    expect(seen.every(entry => entry.images.length > 0 && !entry.images.includes('none'))).toBe(true)
    for (const name of ['web', 'web-canary'])
      expect((await stage.client.get(Service, { name, namespace })).spec.selector?.[HASH_LABEL]).toBe(
        done.currentPodHash,
      )
    expect(await stage.sizes()).toEqual([4, 4])
    await stage.reach('the old version going', async () => (await stage.sizes()).join() === '0,4')
    expect(new Set(await stage.reasons())).toEqual(
      new Set([
        'RolloutUpdated',
        'NewReplicaSetCreated',
        'RolloutCompleted',
        'SwitchService',
        'TrafficWeightUpdated',
        'RolloutStepCompleted',
        'RolloutPaused',
        'RolloutResumed',
        'ScalingReplicaSet',
        'AnalysisRunRunning',
        'AnalysisRunSuccessful',
      ]),
    )
    const { metadata } = await stage.client.get(Rollout, web)
    expect(metadata.annotations?.['rollout.argoproj.io/revision']).toBe('2')
  })

  it('aborts a version that its analysis refuses, tells why, and can be retried', async () => {
    let errors = 0.21
    await using prometheus = await startPrometheusDouble(() => [errors])
    await using stage = new Stage()
    await stage.start({ steps, trafficRouting }, { prometheus: prometheus.url })
    await stage.healthy()
    await stage.setImage('web:2')
    await stage.reach('the weight', async () => (await stage.weight()) === 25)
    const aborted = await stage.reach('the abort', status => status.abort === true)
    // The weight is back before the status says so.
    expect(await stage.weight()).toBe(0)
    expect(aborted.phase).toBe('Degraded')
    expect(aborted.message).toBe(
      `RolloutAborted: Rollout aborted update to revision 2: Metric "error-rate" assessed Failed due to failed (1) > failureLimit (0); measured [0.21] (successCondition: result[0] < 0.05) by AnalysisRun web-${aborted.currentPodHash}-2-2`,
    )
    expect(await stage.sizes()).toEqual([4, 1])
    await stage.reach('the canary going', async () => (await stage.sizes()).join() === '4,0')

    errors = 0
    await stage.patchStatus({ abort: false })
    const done = await stage.healthy()
    expect(done.stableRS).toBe(aborted.currentPodHash)
    const runs = await stage.client.list(AnalysisRun, { namespace })
    expect(runs.items.map(run => [run.metadata.name, run.status?.phase]).toSorted()).toEqual([
      [`web-${done.currentPodHash}-2-2`, 'Failed'],
      [`web-${done.currentPodHash}-2-2.1`, 'Successful'],
    ])
  })

  it('goes back to the stable version at once', async () => {
    await using stage = new Stage()
    await stage.start({ steps: [{ setWeight: 50 }, { pause: {} }], trafficRouting })
    await stage.healthy()
    await stage.setImage('web:2')
    await stage.reach('the pause', status => status.phase === 'Paused')
    expect(await stage.weight()).toBe(50)
    await stage.setImage('web:1')
    const back = await stage.healthy()
    expect([await stage.weight(), back.currentStepIndex]).toEqual([0, 2])
  })

  it('starts over with a newer version, the stable untouched', async () => {
    await using stage = new Stage()
    await stage.start({ steps: [{ setWeight: 50 }, { pause: {} }], trafficRouting })
    const { stableRS } = await stage.healthy()
    await stage.setImage('web:2')
    await stage.reach('the pause', status => status.phase === 'Paused')
    const seen = watchVersions(stage)
    await stage.setImage('web:3')
    const paused = await stage.reach(
      'the second pause',
      async status => status.phase === 'Paused' && (await stage.sizes()).length === 3,
    )
    expect([paused.stableRS, await stage.weight(), (await stage.sizes())[0]]).toEqual([stableRS, 50, 4])
    expect(seen.at(-1)?.images).toEqual(['web:1', 'web:3'])
    await stage.reach('the version in between going', async () => (await stage.sizes()).join() === '4,0,2')
  })

  it('is aborted, resumed and promoted by upstream’s patches', async () => {
    await using stage = new Stage()
    await stage.start({
      steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: {} }],
      trafficRouting,
    })
    await stage.healthy()
    await stage.setImage('web:2')
    await stage.reach('the pause', status => status.phase === 'Paused')
    await stage.patchStatus({ pauseConditions: null })
    await stage.reach(
      'the second pause',
      status => status.phase === 'Paused' && status.currentStepIndex === 3,
    )
    expect(await stage.weight()).toBe(50)
    await stage.patchStatus({ abort: true })
    const aborted = await stage.reach('the abort', status => status.phase === 'Degraded')
    expect([await stage.weight(), aborted.message, aborted.currentStepIndex]).toEqual([
      0,
      'RolloutAborted: Rollout aborted update to revision 2',
      0,
    ])
    await stage.patchStatus({ abort: false })
    await stage.reach('the pause again', status => status.phase === 'Paused')
    await stage.patchStatus({ promoteFull: true })
    expect((await stage.healthy()).promoteFull).toBeUndefined()
  })

  it('does not give traffic to a version that does not get ready', async () => {
    await using stage = new Stage()
    await stage.start(
      { steps: [{ setWeight: 25 }], trafficRouting },
      { spec: { progressDeadlineSeconds: 60, progressDeadlineAbort: true } },
    )
    await stage.healthy()
    const seen = watchVersions(stage)
    await stage.setImage(BROKEN_IMAGE)
    const aborted = await stage.reach('the abort', status => status.abort === true)
    expect(aborted.message).toContain('the update made no progress within 60 s')
    expect(seen).toEqual([{ weight: 0, images: ['web:1'] }])
  })

  it('splits by pods where no router does', async () => {
    await using stage = new Stage()
    await stage.start({ steps: [{ setWeight: 25 }, { pause: {} }], maxSurge: 1, maxUnavailable: 0 })
    await stage.healthy()
    await stage.setImage('web:2')
    const paused = await stage.reach('the pause', status => status.phase === 'Paused')
    expect([await stage.sizes(), paused.canary?.weights]).toEqual([[3, 1], undefined])
    await stage.patchStatus({ abort: true })
    await stage.reach('the pods coming back', async () => (await stage.sizes()).join() === '4,0')
    await stage.patchStatus({ abort: false })
    await stage.reach('the pause', status => status.phase === 'Paused')
    await stage.patchStatus({ pauseConditions: null })
    await stage.healthy()
    expect(await stage.sizes()).toEqual([0, 4])
  })

  it('says what is missing and goes on when it comes', async () => {
    await using stage = new Stage()
    await stage.start({ steps, trafficRouting }, { withRoute: false })
    const invalid = await stage.reach('the refusal', status => status.phase === 'Degraded')
    expect(invalid.message).toBe(
      'InvalidSpec: The Rollout "web" is invalid: spec.strategy.canary.trafficRouting.plugins["argoproj-labs/gatewayAPI"].httpRoute: HTTPRoute "default/web" not found',
    )
    await stage.createRoute()
    const healthy = await stage.healthy()
    expect(healthy.conditions?.some(condition => condition.type === 'InvalidSpec')).toBe(false)
  })

  it('puts weights right that somebody else changed', async () => {
    await using stage = new Stage()
    await stage.start({ steps: [{ setWeight: 50 }, { pause: {} }], trafficRouting })
    await stage.healthy()
    await stage.setImage('web:2')
    await stage.reach('the pause', status => status.phase === 'Paused')
    const route = structuredClone(await stage.client.get(HttpRoute, web))
    const [backend] = route.spec.rules?.[0]?.backendRefs ?? []
    if (backend) backend.weight = 1
    await stage.client.update(HttpRoute, route)
    await stage.reach('the weights', async () => {
      const { spec } = await stage.client.get(HttpRoute, web)
      return spec.rules?.[0]?.backendRefs?.map(({ weight }) => weight).join() === '50,50'
    })
  })

  it('replaces its pods when a restart is asked for', async () => {
    await using stage = new Stage()
    await stage.start({ maxUnavailable: 1 })
    await stage.healthy()
    const uids = async () =>
      (await stage.client.list(Pod, { namespace })).items.map(({ metadata }) => metadata.uid)
    const before = new Set(await uids())
    await stage.clock.advance(5000)
    await stage.client.patch(Rollout, web, { spec: { restartAt: '2026-01-01T00:00:04Z' } })
    const done = await stage.reach('the restart', status => status.restartedAt !== undefined)
    expect(done.restartedAt).toBe('2026-01-01T00:00:04Z')
    await stage.healthy()
    const after = await uids()
    expect([after.length, after.filter(uid => before.has(uid))]).toEqual([4, []])
  })

  it('scales while it is paused', async () => {
    await using stage = new Stage()
    await stage.start({ steps: [{ setWeight: 50 }, { pause: {} }], trafficRouting })
    await stage.healthy()
    await stage.setImage('web:2')
    await stage.reach('the pause', status => status.phase === 'Paused')
    await stage.client.patch(Rollout, web, { spec: { replicas: 8 } })
    await stage.reach('the pods', async () => (await stage.sizes()).join() === '8,4')
  })
})
