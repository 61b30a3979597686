import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../kernel/until.ts'
import { Lease } from '../../../kube/generated/coordination-v1.ts'
import { Node, Pod } from '../../../kube/generated/core-v1.ts'
import { HOST_ENV, SERVER, script, statusOf, TestNode } from '../testing.ts'

let host: TestNode
beforeAll(async () => {
  host = await TestNode.start()
})
afterAll(() => host[Symbol.asyncDispose]())

const fetchText = (url: string) =>
  new Promise<string>((resolve, reject) => {
    get(url, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })

/** Zombies, which wait for the system to collect them, do not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('the life of a pod', () => {
  it('registers the node, with a lease', async () => {
    const { items } = await host.kernel.client.list(Node)
    expect(items).toHaveLength(1)
    const [machine] = items
    expect(machine?.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' })
    expect(machine?.metadata.annotations?.['node.drave.dev/isolation']).toMatch(/^none/)
    const name = machine?.metadata.name ?? ''
    const lease = await host.kernel.client.get(Lease, { name, namespace: 'kube-node-lease' })
    expect(lease.spec).toMatchObject({ holderIdentity: name, leaseDurationSeconds: 40 })
  })

  it('runs replicas on one port, each on an address of its own, ready by probe, and ends them', async () => {
    const container = {
      name: 'web',
      image: 'web',
      command: SERVER,
      env: HOST_ENV,
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/', port: 'http' } },
    }
    await Promise.all([
      host.create('web-1', { containers: [container] }),
      host.create('web-2', { containers: [container] }),
    ])
    const [one, two] = await Promise.all([host.ready('web-1'), host.ready('web-2')])
    expect(one.status).toMatchObject({ phase: 'Running', hostIP: '127.0.0.1' })
    expect(one.status?.podIP).toMatch(/^127\.(6[4-9]|7\d)\.\d+\.\d+$/)
    expect(two.status?.podIP).not.toBe(one.status?.podIP)
    expect(await fetchText(`http://${one.status?.podIP}:8080/`)).toBe('web-1')
    expect(await fetchText(`http://${two.status?.podIP}:8080/`)).toBe('web-2')
    expect(statusOf(one, 'web')).toMatchObject({
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: {} },
    })

    const directory = join(host.kernel.dataDirectory.path, 'node/pods', one.metadata.uid)
    expect(existsSync(directory)).toBe(true)
    await host.kernel.client.delete(Pod, { name: 'web-1', namespace: 'default' })
    await host.gone('web-1')
    await expect(fetchText(`http://${one.status?.podIP}:8080/`)).rejects.toThrow('ECONNREFUSED')
    await until('its directory to be gone', () => !existsSync(directory))
    expect((await host.event('web-1', 'Killing')).message).toBe('Stopping container web')
  })

  it('kills what ignores SIGTERM after the grace period, and does not leave children behind', async () => {
    await host.create('stubborn', {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'a',
          image: 'a',
          command: ['/bin/sh', '-c', 'trap "" TERM; sleep 1000 & echo $! > child; wait'],
        },
      ],
    })
    const { metadata } = await host.ready('stubborn')
    const root = join(host.kernel.dataDirectory.path, 'node/pods', metadata.uid, 'containers/a/root')
    const child = Number(await until('the trap to be set', () => readFileSync(join(root, 'child'), 'utf8')))
    await host.kernel.client.delete(Pod, { name: 'stubborn', namespace: 'default' })
    const dying = await host.pod(
      'stubborn',
      'terminating',
      pod => pod.metadata.deletionTimestamp !== undefined,
    )
    expect(statusOf(dying, 'a').state?.running).toBeDefined()
    await host.gone('stubborn')
    await until('the child to be gone', () => !isRunning(child))
    expect(dying.metadata.deletionGracePeriodSeconds).toBe(1)
  })

  it('runs init containers in order, and ends as Succeeded or Failed', async () => {
    const write = (text: string) => ['/bin/sh', '-c', `echo ${text} >> "$DRAVE_MOUNT_WORK/log"`]
    const volumeMounts = [{ name: 'work', mountPath: '/job' }]
    await host.create('steps', {
      restartPolicy: 'Never',
      volumes: [{ name: 'work', emptyDir: {} }],
      initContainers: [
        { name: 'one', image: 'x', command: write('one'), volumeMounts },
        { name: 'two', image: 'x', command: write('two'), volumeMounts },
      ],
      containers: [
        {
          name: 'main',
          image: 'x',
          command: ['/bin/sh', '-c', 'test "$(tr "\\n" " " < /job/log)" = "one two "'],
          volumeMounts,
        },
      ],
    })
    const done = await host.pod('steps', 'finished', pod => /ed$/.test(pod.status?.phase ?? ''))
    expect(done.status?.phase).toBe('Succeeded')
    expect(statusOf(done, 'two').state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })

    await host.create('broken', {
      restartPolicy: 'Never',
      initContainers: [{ name: 'init', image: 'x', command: ['/bin/sh', '-c', 'exit 3'] }],
      containers: [{ name: 'main', image: 'x', command: ['sleep', '100'] }],
    })
    const broken = await host.pod('broken', 'failed', pod => pod.status?.phase === 'Failed')
    expect(statusOf(broken, 'init').state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
    expect(statusOf(broken, 'main').state?.waiting).toMatchObject({ reason: 'PodInitializing' })
  })

  it('says which command does not exist, and how an image is built', async () => {
    await host.create('no-command', {
      containers: [{ name: 'a', image: 'x', command: ['no-such-program'] }],
    })
    const noCommand = await host.pod(
      'no-command',
      'waiting',
      pod => statusOf(pod, 'a').state?.waiting?.reason === 'RunContainerError',
    )
    expect(statusOf(noCommand, 'a').state?.waiting?.message).toBe(
      'failed to start container "a": exec: "no-such-program": executable file not found in $PATH',
    )
    await host.create('no-image', { containers: [{ name: 'a', image: 'meetups:1.0' }] })
    const noImage = await host.pod(
      'no-image',
      'waiting',
      pod => statusOf(pod, 'a').state?.waiting?.reason === 'ErrImagePull',
    )
    expect(statusOf(noImage, 'a').state?.waiting?.message).toContain('drave image build DIR -t meetups:1.0')
    expect(noImage.status?.phase).toBe('Pending')
  })

  it('gives the container a clean environment', async () => {
    process.env.DRAVE_TEST_LEAK = 'leaked'
    await host.create('env', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'a',
          image: 'x',
          terminationMessagePolicy: 'FallbackToLogsOnError',
          command: script('console.log(JSON.stringify(process.env)); process.exit(1)'),
        },
      ],
    })
    const pod = await host.pod('env', 'failed', candidate => candidate.status?.phase === 'Failed')
    const env = JSON.parse(statusOf(pod, 'a').state?.terminated?.message ?? '')
    expect(
      Object.keys(env)
        .filter(name => !/SERVICE|_PORT/.test(name))
        .sort(),
    ).toEqual(['DRAVE_ROOT', 'HOME', 'HOSTNAME', 'PATH'])
    expect(env).toMatchObject({ HOSTNAME: 'env' })
  })
})
