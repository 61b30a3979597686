import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { until } from '../../../kernel/until.ts'
import {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ServiceAccount,
} from '../../../kube/generated/core-v1.ts'
import { statusOf, TestNode } from '../testing.ts'

let host: TestNode
let directory: string
const clock = new VirtualClock(Date.UTC(2026, 0, 1))
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'drave-volumes-'))
  host = await TestNode.start({ clock })
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

const finished = (name: string) =>
  host.pod(name, 'finished', pod => /ed$/.test(pod.status?.phase ?? '')).then(pod => pod.status?.phase)
const shell = (text: string) => ['/bin/sh', '-c', text]
const forever = 'while :; do sleep 1; done'

describe('volumes of a running pod', () => {
  it('hold a token of its service account, which is replaced before it expires', async () => {
    const { client } = host.kernel
    await client.create(ServiceAccount, { metadata: { name: 'robot', namespace: 'default' } })
    await host.create('tokens', {
      serviceAccountName: 'robot',
      volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: shell(forever),
          volumeMounts: [{ name: 't', mountPath: '/t' }],
        },
      ],
    })
    const { metadata } = await host.ready('tokens')
    const read = () =>
      readFileSync(join(host.kernel.dataDirectory.path, 'node/pods', metadata.uid, 'volumes/t/token'), 'utf8')
    const first = read()
    const claims = JSON.parse(Buffer.from(first.split('.')[1] ?? '', 'base64url').toString())
    expect(claims.sub).toBe('system:serviceaccount:default:robot')
    await clock.advance(49 * 60_000)
    await until('another token', () => read() !== first)
    await client.delete(Pod, { name: 'tokens', namespace: 'default' }, { gracePeriodSeconds: 0 })
  })

  it('wait for a claim to be bound, and are then where the volume is', async () => {
    const { client } = host.kernel
    writeFileSync(join(directory, 'greeting'), 'hello')
    const claim = await client.create(PersistentVolumeClaim, {
      metadata: { name: 'data', namespace: 'default' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
        volumeName: 'disk',
        storageClassName: '',
      },
    })
    await host.create('claims', {
      restartPolicy: 'Never',
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: shell('test "$(cat /data/greeting)" = hello'),
          volumeMounts: [{ name: 'v', mountPath: '/data' }],
        },
      ],
    })
    expect((await host.event('claims', 'FailedMount')).message).toBe(
      'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/data: PVC is not bound',
    )
    await client.create(PersistentVolume, {
      metadata: { name: 'disk' },
      spec: {
        capacity: { storage: '1Mi' },
        accessModes: ['ReadWriteOnce'],
        claimRef: { name: 'data', namespace: 'default', uid: claim.metadata.uid },
        hostPath: { path: directory },
      },
    })
    const status = { phase: 'Bound' }
    await client.patch(
      PersistentVolumeClaim,
      { name: 'data', namespace: 'default' },
      { status },
      { subresource: 'status' },
    )
    expect(await finished('claims')).toBe('Succeeded')
  })

  it('of a template get a claim that the pod owns', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
    const pod = await host.create('scratch', {
      volumes: [
        { name: 'v', ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec } } },
      ],
      containers: [{ name: 'a', image: 'x', command: shell('true') }],
    })
    const ref = { name: 'scratch-v', namespace: 'default' }
    const claim = await until('the claim', () => host.kernel.client.find(PersistentVolumeClaim, ref))
    expect(claim.metadata.labels).toEqual({ a: 'b' })
    expect(claim.metadata.ownerReferences).toMatchObject([{ uid: pod.metadata.uid, controller: true }])
  })

  it('end a pod that writes more than it may', async () => {
    await host.create('greedy', {
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '100k' } }],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: shell(`head -c 300000 /dev/zero > /v/big; ${forever}`),
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        },
      ],
    })
    await host.ready('greedy')
    const evicted = await until('the eviction', async () => {
      await clock.advance(10_000)
      const pod = await host.find('greedy')
      return pod?.status?.phase === 'Failed' && pod
    })
    expect(evicted.status).toMatchObject({
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "v" exceeds the limit "100k". ',
    })
  })

  it('are not left by a subPath, and a file mounted by subPath is not updated', async () => {
    const inside = join(directory, 'tree')
    mkdirSync(inside)
    symlinkSync('/etc', join(inside, 'out'))
    await host.create('escape', {
      volumes: [{ name: 'v', hostPath: { path: inside } }],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: shell('true'),
          volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'out/x' }],
        },
      ],
    })
    const refused = await host.pod(
      'escape',
      'refused',
      pod => statusOf(pod, 'a').state?.waiting?.reason === 'CreateContainerConfigError',
    )
    expect(statusOf(refused, 'a').state?.waiting?.message).toContain('out/x leaves the volume')

    const config = { name: 'settings', namespace: 'default' }
    await host.kernel.client.create(ConfigMap, { metadata: config, data: { colour: 'red' } })
    await host.create('parts', {
      restartPolicy: 'Never',
      volumes: [{ name: 'v', configMap: { name: 'settings' } }],
      containers: [
        {
          name: 'a',
          image: 'x',
          command: shell(
            'until [ "$(cat /whole/colour)" = blue ]; do sleep 0.05; done; test "$(cat /part)" = red',
          ),
          volumeMounts: [
            { name: 'v', mountPath: '/whole' },
            { name: 'v', mountPath: '/part', subPath: 'colour' },
          ],
        },
      ],
    })
    await host.pod('parts', 'running', pod => statusOf(pod, 'a').state?.running !== undefined)
    await host.kernel.client.patch(ConfigMap, config, { data: { colour: 'blue' } })
    expect(await finished('parts')).toBe('Succeeded')
  })
})
