import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { until } from '../../../kernel/until.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import { HOST_ENV, isReady, SERVER, statusOf, TestNode } from '../testing.ts'

let host: TestNode
let clock: VirtualClock
const start = async () => {
  clock = new VirtualClock()
  host = await TestNode.start({ clock })
}
afterEach(() => host[Symbol.asyncDispose]())

describe('with time as an input', () => {
  it('restarts a crashing container at once, then after 10 s and 20 s', async () => {
    await start()
    await host.create('crash', {
      containers: [{ name: 'a', image: 'x', command: ['/bin/sh', '-c', 'exit 7'] }],
    })
    const looping = (restarts: number) =>
      host.pod('crash', `back-off after ${restarts} restarts`, pod => {
        const { restartCount, state } = statusOf(pod, 'a')
        return restartCount === restarts && state?.waiting?.reason === 'CrashLoopBackOff'
      })
    const first = statusOf(await looping(1), 'a')
    expect(first.state?.waiting?.message).toContain('back-off 10s restarting failed container=a')
    expect(first.lastState?.terminated?.exitCode).toBe(7)
    await clock.advance(9_000)
    expect(statusOf(await looping(1), 'a').restartCount).toBe(1)
    await clock.advance(1_000)
    expect(statusOf(await looping(2), 'a').state?.waiting?.message).toContain('back-off 20s')
    await clock.advance(20_000)
    await looping(3)
    expect((await host.event('crash', 'BackOff')).message).toMatch(
      /^Back-off restarting failed container a in pod crash_default\(/,
    )
  })

  it('is not ready while the probe fails, and restarts what is not alive after three failures', async () => {
    await start()
    const container = { name: 'a', image: 'x', command: SERVER, env: HOST_ENV }
    const httpGet = { path: '/bad', port: 8080 }
    await host.create('bad', {
      containers: [
        {
          ...container,
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          livenessProbe: { httpGet, initialDelaySeconds: 5, periodSeconds: 10 },
        },
      ],
    })
    // The server needs real time to listen, the probe virtual time to look.
    await until('readiness', async () => {
      await clock.advance(50)
      const pod = await host.find('bad')
      return pod && isReady(pod)
    })
    await clock.advance(5_000)
    const unhealthy = await until('a failure', async () => {
      const event = await host.event('bad', 'Unhealthy')
      return event.message?.startsWith('Liveness') && event
    })
    expect(unhealthy.message).toBe('Liveness probe failed: HTTP probe failed with statuscode: 503')
    const failures = async () => (await host.event('bad', 'Unhealthy')).count ?? 1
    await clock.advance(10_000)
    await until('two failures', async () => (await failures()) >= 2)
    await host.pod('bad', 'not restarted yet', pod => statusOf(pod, 'a').restartCount === 0)
    await clock.advance(10_000)
    expect((await host.event('bad', 'Killing')).message).toBe(
      'Container a failed liveness probe, will be restarted',
    )
    await host.pod('bad', 'restarted', pod => statusOf(pod, 'a').restartCount === 1)
  })

  it('ends a pod at its deadline', async () => {
    await start()
    await host.create('late', {
      activeDeadlineSeconds: 60,
      containers: [{ name: 'a', image: 'x', command: ['sleep', '1000'] }],
    })
    await host.ready('late')
    await clock.advance(60_000)
    const late = await host.pod('late', 'failed', pod => pod.status?.phase === 'Failed')
    expect(late.status?.reason).toBe('DeadlineExceeded')
    expect(statusOf(late, 'a').state?.terminated).toMatchObject({ exitCode: 143, signal: 15 })
  })

  it('gives a preStop hook the grace period, and a startup probe the first word', async () => {
    await start()
    const stopped = `${host.kernel.dataDirectory.path}/stopped`
    const touch = (file: string) => ['/bin/sh', '-c', `echo x >> $HOME/${file}`]
    await host.create('hooks', {
      containers: [
        {
          name: 'a',
          image: 'x',
          command: ['sleep', '1000'],
          lifecycle: {
            postStart: { exec: { command: touch('started') } },
            preStop: { exec: { command: ['/bin/sh', '-c', `echo bye > ${stopped}`] } },
          },
          startupProbe: { exec: { command: ['/bin/sh', '-c', 'test -f $HOME/go'] }, failureThreshold: 100 },
          readinessProbe: { exec: { command: ['/bin/sh', '-c', 'test -f $HOME/started'] } },
        },
      ],
    })
    const pod = await host.pod('hooks', 'running', one => statusOf(one, 'a').state?.running !== undefined)
    expect(statusOf(pod, 'a')).toMatchObject({ started: false, ready: false })
    const home = `${host.kernel.dataDirectory.path}/node/pods/${pod.metadata.uid}`
    writeFileSync(`${home}/go`, '')
    await until('readiness', async () => {
      await clock.advance(100)
      const now = await host.find('hooks')
      return now && isReady(now)
    })
    expect(readFileSync(`${home}/started`, 'utf8')).toBe('x\n')
    await host.kernel.client.delete(Pod, { name: 'hooks', namespace: 'default' })
    await host.gone('hooks')
    expect(readFileSync(stopped, 'utf8')).toBe('bye\n')
  })
})
