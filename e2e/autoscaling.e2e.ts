import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

/** Seconds; the autoscaler looks every 15. */
const LONG = 180
/** Keeps a good part of a core busy while its file is there, and sleeps otherwise. */
const worker = `
const { existsSync } = require('node:fs')
const work = () => {
  if (!existsSync(process.env.BUSY)) return setTimeout(work, 500)
  for (const end = performance.now() + 20; performance.now() < end; );
  setTimeout(work, 20)
}
work()
`

interface Autoscaler {
  status?: {
    currentReplicas?: number
    desiredReplicas?: number
    conditions?: { type: string; status: string; reason: string }[]
    currentMetrics?: { resource?: { current?: { averageUtilization?: number } } }[]
  }
}

describe.each([
  ['a Deployment', 'apps/v1', 'Deployment', 'deployments.apps'],
  ['a Rollout', 'argoproj.io/v1alpha1', 'Rollout', 'rollouts.argoproj.io'],
])('%s under load', (_, apiVersion, kind, resource) => {
  const drave = new Drave()
  const busy = join(drave.folder, 'busy')
  beforeAll(async () => {
    // Usage is read often, so that what is waited for comes soon.
    writeFileSync(join(drave.folder, 'drave.yaml'), 'node:\n  usageIntervalSeconds: 1\n')
    await drave.up()
  })
  afterAll(() => drave[Symbol.asyncDispose]())

  const autoscaler = () => drave.json<Autoscaler>('get', 'hpa', 'worker')
  const replicas = async () =>
    (await drave.json<{ spec: { replicas: number } }>('get', resource, 'worker')).spec.replicas
  async function apply(object: object): Promise<void> {
    const file = join(drave.folder, 'object.json')
    writeFileSync(file, JSON.stringify(object))
    await drave.kubectl('create', '-f', file)
  }

  it('is scaled up while its pods are busy, and down when they are not', async () => {
    const labels = { app: 'worker' }
    const container = {
      name: 'worker',
      image: 'host',
      command: ['node', '-e', worker],
      env: [{ name: 'BUSY', value: busy }],
      resources: { requests: { cpu: '100m' } },
    }
    await apply({
      apiVersion,
      kind,
      metadata: { name: 'worker' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
        ...(kind === 'Rollout' ? { strategy: { canary: {} } } : {}),
      },
    })
    await apply({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'worker' },
      spec: {
        scaleTargetRef: { apiVersion, kind, name: 'worker' },
        minReplicas: 1,
        maxReplicas: 3,
        // A busy pod uses several times as much, however many others share the machine; an idle one next to nothing.
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 40 } },
          },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
      },
    })
    await until(
      'a first measurement',
      async () => (await autoscaler()).status?.currentMetrics?.[0]?.resource?.current !== undefined,
      LONG,
    )
    expect(await replicas()).toBe(1)

    writeFileSync(busy, '')
    await until('all that are allowed', async () => (await replicas()) === 3, LONG)
    const events = await drave.kubectl('get', 'events', '--field-selector=involvedObject.name=worker')
    expect(events).toMatch(
      /SuccessfulRescale .*cpu resource utilization \(percentage of request\) above target/,
    )
    await until('three pods', async () => (await autoscaler()).status?.currentReplicas === 3, LONG)
    const { conditions = [] } = (await autoscaler()).status ?? {}
    expect(conditions.find(({ type }) => type === 'ScalingActive')).toMatchObject({
      status: 'True',
      reason: 'ValidMetricFound',
    })

    rmSync(busy)
    await until('one again', async () => (await replicas()) === 1, LONG)
    const list = await drave.json<{ items: object[] }>('get', 'pods', '-l', 'app=worker')
    expect(list.items.length).toBeGreaterThanOrEqual(1)
    expect(await drave.kubectl('get', 'events', '--field-selector=involvedObject.name=worker')).toMatch(
      /SuccessfulRescale .*All metrics below target/,
    )
  }, 900_000)
})
