import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Drave, until } from './drave.ts'
import { makeAuthority, makeLeaf } from '../src/apiserver/http/certificates.ts'
import { RealClock } from '../src/kernel/clock.ts'
import { EtcdServer, type EtcdTls, etcdMissing } from './etcd-server.ts'

const missing = etcdMissing()
if (missing) console.log(`skipped: ${missing}`)

it.skipIf(missing !== undefined)(
  'two stacks on one etcd are one control plane, and outlive the one that leads',
  async () => {
    await using etcd = await EtcdServer.start()
    const flags = ['--etcd-servers', etcd.url, '--only', 'apiserver,workloads']
    await using first = new Drave()
    await first.up(...flags)
    await using second = new Drave()
    await second.up(...flags)

    await first.kubectl('create', 'deployment', 'web', '--image=example.com/web', '--replicas=3')
    const replicas = async (stack: Drave) =>
      (await stack.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n').filter(Boolean).length
    await until('three pods', async () => (await replicas(second)) === 3)
    const leader = () =>
      second.kubectl('get', 'lease', '-n', 'drave-system', 'drave', '-o', 'jsonpath={.spec.holderIdentity}')
    expect(await leader()).toContain(`-${first.pid}-`)

    // What the first acknowledges last must be there after its death.
    await first.kubectl('create', 'configmap', 'last', '--from-literal=k=v')
    await first.kill()
    const died = performance.now()
    expect(await second.kubectl('get', 'configmap', 'last', '-o', 'jsonpath={.data.k}')).toBe('v')
    await second.kubectl('scale', 'deployment', 'web', '--replicas=5')
    await until('the second leads', async () => (await replicas(second)) === 5)
    expect(performance.now() - died).toBeLessThan(30_000)
    expect(await leader()).toContain(`-${second.pid}-`)

    // The first comes back and serves what happened meanwhile.
    await first.up(...flags)
    expect(await replicas(first)).toBe(5)
  },
)

function certificates(): EtcdTls {
  const clock = new RealClock()
  const authority = makeAuthority(clock)
  const server = makeLeaf(authority, clock, {
    subject: [['CN', 'etcd']],
    names: ['127.0.0.1', 'localhost'],
  })
  const client = makeLeaf(authority, clock, { subject: [['CN', 'drave']] })
  return {
    ca: authority.certificate,
    cert: server.certificate,
    key: server.key,
    clientCert: client.certificate,
    clientKey: client.key,
  }
}

it.skipIf(missing !== undefined)(
  'an etcd over TLS lets in who shows a certificate, and only them',
  async () => {
    await using etcd = await EtcdServer.start(certificates())
    await using drave = new Drave()
    const flags = ['--etcd-servers', etcd.url, '--etcd-cafile', etcd.file('ca'), '--only', 'apiserver']
    const client = ['--etcd-certfile', etcd.file('clientCert'), '--etcd-keyfile', etcd.file('clientKey')]
    await drave.up(...flags, ...client)
    await drave.kubectl('create', 'configmap', 'c', '--from-literal=k=v')
    expect(await drave.kubectl('get', 'configmap', 'c', '-o', 'jsonpath={.data.k}')).toBe('v')
    await drave.stop()

    await using stranger = new Drave()
    await expect(stranger.up(...flags)).rejects.toThrow(/drave up ended with 1/)
    await using distrustful = new Drave()
    const others = certificates().ca
    writeFileSync(join(distrustful.folder, 'other.pem'), others)
    const distrust = ['--etcd-servers', etcd.url, '--etcd-cafile', 'other.pem', ...client]
    await expect(distrustful.up(...distrust, '--only', 'apiserver')).rejects.toThrow(/drave up ended with 1/)
  },
)
