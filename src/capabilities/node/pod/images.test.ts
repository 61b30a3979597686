import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../kernel/until.ts'
import { ConfigMap, Pod, Secret } from '../../../kube/generated/core-v1.ts'
import { buildImage } from '../image/build.ts'
import { ImageLayout } from '../image/layout.ts'
import { isReady, script, statusOf, TestNode } from '../testing.ts'

let host: TestNode
let sources: string
beforeAll(async () => {
  host = await TestNode.start()
  sources = mkdtempSync(join(tmpdir(), 'drave-sources-'))
  mkdirSync(join(sources, 'lib'))
  writeFileSync(join(sources, 'package.json'), '{"type":"module","scripts":{"start":"node main.js"}}')
  writeFileSync(join(sources, 'lib/greeting.js'), 'export const greeting = "hello"')
  writeFileSync(
    join(sources, 'main.js'),
    `import { greeting } from './lib/greeting.js'
     import { existsSync, readFileSync } from 'node:fs'
     const config = existsSync('config/name') ? readFileSync('config/name', 'utf8') : 'nobody'
     console.log(greeting, config, process.env.COLOUR, process.cwd().endsWith('/app'), process.argv.slice(2).join())`,
  )
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  rmSync(sources, { recursive: true })
})

/** Runs a pod to its end and returns what it said. */
async function outcome(name: string): Promise<{ pod: Pod; said: string }> {
  const pod = await host.pod(name, 'finished', one => /ed$/.test(one.status?.phase ?? ''))
  const chunks: Uint8Array[] = []
  const signal = new AbortController().signal
  for await (const chunk of host.kernel.ports.podLogs?.read(pod, {}, signal) ?? []) chunks.push(chunk)
  return { pod, said: Buffer.concat(chunks).toString().trim() }
}

describe('containers from images', () => {
  it('start as soon as the image is built, from its entrypoint, with the environment of both', async () => {
    await host.create('early', {
      restartPolicy: 'Never',
      containers: [
        { name: 'a', image: 'app:1', args: ['x', '$(COLOUR)'], env: [{ name: 'COLOUR', value: 'red' }] },
      ],
    })
    await host.pod('early', 'waiting', pod => statusOf(pod, 'a').state?.waiting?.reason === 'ErrImagePull')
    const layout = new ImageLayout(host.kernel.dataDirectory.folder('images'))
    const { digest } = await buildImage({ directory: sources, name: 'app:1', layout, env: ['COLOUR=blue'] })
    const { pod, said } = await outcome('early')
    expect(said).toBe('hello nobody red true x,red')
    expect(statusOf(pod, 'a').imageID).toBe(`app@${digest}`)
  })

  it('get a root of their own for volumes inside the image', async () => {
    await host.kernel.client.create(ConfigMap, {
      metadata: { name: 'names', namespace: 'default' },
      data: { name: 'Ada' },
    })
    await host.create('mounted', {
      restartPolicy: 'Never',
      volumes: [{ name: 'config', configMap: { name: 'names' } }],
      containers: [
        { name: 'a', image: 'app:1', volumeMounts: [{ name: 'config', mountPath: '/app/config' }] },
      ],
    })
    expect((await outcome('mounted')).said).toBe('hello Ada blue true')
  })

  it('are refused by policy Never, and with a name that is none', async () => {
    await host.create('never', {
      containers: [{ name: 'a', image: 'absent', imagePullPolicy: 'Never', command: ['sleep', '1'] }],
    })
    await host.create('invalid', { containers: [{ name: 'a', image: 'Not A Name' }] })
    const reason = (name: string, wanted: string) =>
      host.pod(name, wanted, pod => statusOf(pod, 'a').state?.waiting?.reason === wanted)
    expect(statusOf(await reason('never', 'ErrImageNeverPull'), 'a').state?.waiting?.message).toContain(
      'Container image "absent" is not present with pull policy of Never',
    )
    await reason('invalid', 'InvalidImageName')
  })
})

describe('configuration', () => {
  it('waits for what is missing and goes on when it is there; files follow changes', async () => {
    const { client } = host.kernel
    await host.create('configured', {
      volumes: [
        { name: 'v', secret: { secretName: 'late', items: [{ key: 'k', path: 'deep/file', mode: 0o400 }] } },
      ],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: ['/bin/sh', '-c', 'cat /etc/late/deep/file; echo; exec sleep 1000'],
          env: [{ name: 'WORD', valueFrom: { configMapKeyRef: { name: 'words', key: 'first' } } }],
          volumeMounts: [{ name: 'v', mountPath: '/etc/late', readOnly: true }],
        },
      ],
    })
    const waiting = (what: string, message: string) =>
      host.pod(
        'configured',
        what,
        pod => statusOf(pod, 'a').state?.waiting?.message?.includes(message) ?? false,
      )
    await waiting('volume', 'MountVolume.SetUp failed for volume "v" : secret "late" not found')
    await host.event('configured', 'FailedMount')
    await client.create(Secret, {
      metadata: { name: 'late', namespace: 'default' },
      stringData: { k: 'one' },
    })
    await waiting('config map', 'configmap "words" not found')
    await client.create(ConfigMap, {
      metadata: { name: 'words', namespace: 'default' },
      data: { second: 'x' },
    })
    const config = await waiting('key', "couldn't find key first in ConfigMap default/words")
    expect(statusOf(config, 'a').state?.waiting?.reason).toBe('CreateContainerConfigError')
    await client.patch(ConfigMap, { name: 'words', namespace: 'default' }, { data: { first: 'y' } })
    const ready = await host.ready('configured')
    expect(ready.status?.conditions?.find(one => one.type === 'drave.dev/Isolated')?.message).toContain(
      'Not enforced: spec.containers[0].volumeMounts[0].readOnly',
    )
    const root = join(host.kernel.dataDirectory.path, 'node/pods', ready.metadata.uid, 'containers/a/root')
    expect(readFileSync(join(root, 'etc/late/deep/file'), 'utf8')).toBe('one')
    await client.patch(Secret, { name: 'late', namespace: 'default' }, { stringData: { k: 'two' } })
    await until('the new content', () => readFileSync(join(root, 'etc/late/deep/file'), 'utf8') === 'two')
  })

  it('refuses fields that it cannot honour, by name', async () => {
    await host.create('refused', {
      volumes: [{ name: 'v', nfs: { path: '/', server: 's' } }],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: ['sleep', '1'],
          volumeDevices: [{ name: 'v', devicePath: '/dev/x' }],
        },
      ],
    })
    const pod = await host.pod(
      'refused',
      'refused',
      one => statusOf(one, 'a').state?.waiting?.message !== undefined,
    )
    const { message = '' } = statusOf(pod, 'a').state?.waiting ?? {}
    expect(message).toContain('spec.volumes[0].nfs: not supported by this node')
    expect(message).toContain('spec.containers[0].volumeDevices: not supported by this node')
  })
})

describe('addresses', () => {
  const server = (address: string, port = 18231) =>
    script(`require('node:http').createServer((_, r) => r.end()).listen(${port}, ${address})`)
  const readinessProbe = { tcpSocket: { port: 18231 } }

  it('are explained to a program that listens on all of them, and to the one that collides with it', async () => {
    const container = { name: 'a', image: 'x', command: server('undefined'), readinessProbe }
    await host.create('greedy', { containers: [container] })
    const greedy = await host.pod(
      'greedy',
      'noticed',
      pod => isReady(pod) && pod.status?.message !== undefined,
    )
    expect(greedy.status?.message).toMatch(
      /^Container a listens on :::18231, that is on all addresses: .*fieldPath: status\.podIP/,
    )
    await host.create('second', { restartPolicy: 'Never', containers: [container] })
    const second = await host.pod('second', 'failed', pod => pod.status?.phase === 'Failed')
    expect(statusOf(second, 'a').state?.terminated?.message).toContain(
      'Container a could not listen on :::18231: the address is in use',
    )
    await host.event('second', 'AddressInUse')
    await host.kernel.client.delete(Pod, { name: 'greedy', namespace: 'default' })
  })

  it('are explained to a program that listens on localhost only', async () => {
    await host.create('shy', {
      containers: [
        {
          name: 'a',
          image: 'x',
          command: server('"127.0.0.1"', 18232),
          readinessProbe: { ...readinessProbe, periodSeconds: 1 },
        },
      ],
    })
    expect((await host.event('shy', 'ListensElsewhere')).message).toMatch(
      /listens on 127\.0\.0\.1:18232, where the pod's address 127\.\S+ is not reached/,
    )
    await host.kernel.client.delete(Pod, { name: 'shy', namespace: 'default' })
  })
})
