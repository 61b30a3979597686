import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave, until } from '../drave.ts'
import { freePort } from '../free-port.ts'
import { ClientProgram } from './client-program.ts'
import { goOperator } from './toolchain.ts'

const go = await goOperator()
const drave = new Drave()
const running: ClientProgram[] = []

const start = async (): Promise<ClientProgram> => {
  const kubeconfig = join(drave.dataDir, 'kubeconfig')
  const port = String(await freePort())
  const program = new ClientProgram(go, ['-config', kubeconfig, '-webhook-port', port, 'run'], kubeconfig)
  running.push(program)
  await program.says('Serving webhook server')
  return program
}

describe.skipIf(go.missing)('an operator of controller-runtime', () => {
  beforeAll(() => drave.up('--no-console'))
  afterAll(async () => {
    for (const program of running) await program[Symbol.asyncDispose]()
    await drave[Symbol.asyncDispose]()
    go.remove()
  })

  const apply = (name: string, spec: object, version = 'v1') => {
    const path = join(drave.folder, `${name}.json`)
    const object = { apiVersion: `sample.example.org/${version}`, kind: 'Widget', metadata: { name }, spec }
    writeFileSync(path, JSON.stringify(object))
    return ['apply', '-f', path]
  }
  const widget = (name: string, version = 'v1') =>
    drave.json<{ metadata: { finalizers?: string[] }; spec: object; status?: { ready?: boolean } }>(
      'get',
      `widgets.${version}.sample.example.org`,
      name,
    )
  const ready = (name: string) => until(`${name} to be ready`, async () => (await widget(name)).status?.ready)
  const leader = async () =>
    (await drave.json<{ spec: { holderIdentity: string } }>('get', 'lease', 'sample-operator')).spec
      .holderIdentity

  it('leads, reconciles, reports and records', async () => {
    await start()
    await until('a leader', leader)
    await drave.kubectl(...apply('one', { size: 3 }))
    await ready('one')
    const found = await widget('one')
    expect(found.spec).toEqual({ size: 3, colour: 'grey' })
    expect(found.metadata.finalizers).toEqual(['sample.example.org/ledger'])
    expect(
      await drave.kubectl('get', 'configmap', 'one', 'one-ledger', '-o', 'jsonpath={.items[*].data.size}'),
    ).toBe('3 3')
    await until('the event', async () =>
      (await drave.kubectl('events', '--for', 'Widget/one')).includes('applied size 3'),
    )
  })

  it('puts back what somebody else changes in what it owns', async () => {
    await drave.kubectl('patch', 'configmap', 'one', '--type=merge', '-p', '{"data":{"size":"99"}}')
    await until(
      'the size',
      async () => (await drave.kubectl('get', 'configmap', 'one', '-o', 'jsonpath={.data.size}')) === '3',
    )
  })

  it('converts between its versions by webhook', async () => {
    await drave.kubectl(...apply('old', { dimension: '7' }, 'v1alpha1'))
    expect((await widget('old')).spec).toEqual({ size: 7, colour: 'grey' })
    expect((await widget('old', 'v1alpha1')).spec).toEqual({ dimension: '7', colour: 'grey' })
    expect(await drave.kubectlFails(...apply('odd', { dimension: 'much' }, 'v1alpha1'))).toContain(
      'spec.dimension',
    )
  })

  it('refuses and warns by webhook', async () => {
    expect(await drave.kubectlFails(...apply('huge', { size: 101 }))).toContain('spec.size: 101 is too large')
    expect(await drave.kubectlFails(...apply('one', { size: 2 }))).toContain(
      'spec.size: cannot shrink from 3',
    )
    await drave.kubectl(...apply('one', { size: 4 }))
    await until(
      'the new size',
      async () => (await drave.kubectl('get', 'configmap', 'one', '-o', 'jsonpath={.data.size}')) === '4',
    )
  })

  it('hands over to another instance, which the webhooks then lead to', async () => {
    const [first] = running
    const before = await leader()
    await start()
    await first?.[Symbol.asyncDispose]()
    await until('another leader', async () => (await leader()) !== before)
    await drave.kubectl(...apply('two', { size: 5 }))
    await ready('two')
  })

  it('finishes what it finalizes, and what it owned is collected', async () => {
    await drave.kubectl('delete', 'widget', 'one', '--timeout=30s')
    expect(await drave.kubectlFails('get', 'configmap', 'one-ledger')).toContain('not found')
    await until('the owned ConfigMap to go', async () =>
      (await drave.kubectlFails('get', 'configmap', 'one')).includes('not found'),
    )
  })
})
