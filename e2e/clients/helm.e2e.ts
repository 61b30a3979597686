import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Drave } from '../drave.ts'
import { helm as findHelm } from './toolchain.ts'

const exec = promisify(execFile)
const { program, missing } = findHelm()
const charts = new URL('./charts', import.meta.url).pathname
const drave = new Drave()

const helm = async (...args: string[]): Promise<string> => {
  const env = {
    ...process.env,
    KUBECONFIG: join(drave.dataDir, 'kubeconfig'),
    HOME: drave.folder,
    HELM_DATA_HOME: drave.folder,
  }
  return (await exec(program, args, { cwd: charts, env })).stdout
}
const value = (...args: string[]) => drave.kubectl('get', ...args)
const history = async (release: string) =>
  (JSON.parse(await helm('history', release, '-o', 'json')) as { status: string }[]).map(
    ({ status }) => status,
  )
const WAIT = ['--wait', '--timeout', '60s']

describe.skipIf(missing)('helm', () => {
  beforeAll(() => drave.up('--no-console'))
  afterAll(() => drave[Symbol.asyncDispose]())

  it('runs hooks and tests, and looks things up', async () => {
    await helm('install', 'greet', 'hooks', ...WAIT)
    expect(await value('job', 'greet-pre-install', '-o', 'jsonpath={.status.succeeded}')).toBe('1')
    expect(JSON.parse(await value('configmap', 'greet-greeting', '-o', 'jsonpath={.data}'))).toEqual({
      greeting: 'hello',
      found: 'default',
      version: '36',
      hasJobs: 'true',
    })
    expect(await helm('test', 'greet', '--timeout', '60s')).toMatch(/Phase:\s+Succeeded/)
    await helm('upgrade', 'greet', 'hooks', '--set', 'greeting=bye', ...WAIT)
    expect(await value('job', 'greet-post-upgrade', '-o', 'jsonpath={.status.succeeded}')).toBe('1')
    await expect(helm('test', 'greet', '--timeout', '60s')).rejects.toThrow('greet-test failed')
    await helm('uninstall', 'greet', ...WAIT)
    expect(await value('job', 'greet-pre-delete', '-o', 'jsonpath={.status.succeeded}')).toBe('1')
    expect(await drave.kubectlFails('get', 'configmap', 'greet-greeting')).toContain('not found')
  })

  it('installs definitions before what is defined by them, and leaves them', async () => {
    await helm('install', 'fleet', 'definitions', ...WAIT)
    expect(await value('ship', 'fleet', '-o', 'jsonpath={.spec.size}')).toBe('3')
    await expect(helm('upgrade', 'fleet', 'definitions', '--set', 'size=0')).rejects.toThrow('spec.size')
    expect(await history('fleet')).toEqual(['deployed', 'failed'])
    await helm('upgrade', 'fleet', 'definitions', '--set', 'size=5', ...WAIT)
    expect(await value('ship', 'fleet', '-o', 'jsonpath={.spec.size}')).toBe('5')
    await helm('uninstall', 'fleet', ...WAIT)
    expect(await value('crd', 'ships.helm.example.org', '-o', 'name')).toContain('ships.helm.example.org')
  })

  it('upgrades, rolls back and uninstalls a StatefulSet with all around it', async () => {
    await helm('install', 'store', 'state', ...WAIT)
    expect(await value('statefulset', 'store', '-o', 'jsonpath={.status.readyReplicas}')).toBe('1')
    await helm('upgrade', 'store', 'state', '--set', 'replicas=2,motto=second', ...WAIT)
    expect(await value('statefulset', 'store', '-o', 'jsonpath={.status.updatedReplicas}')).toBe('2')
    expect(await value('configmap', 'store', '-o', 'jsonpath={.data.motto}')).toBe('second')
    await helm('rollback', 'store', '1', ...WAIT)
    expect(await value('configmap', 'store', '-o', 'jsonpath={.data.motto}')).toBe('first')
    expect(await value('statefulset', 'store', '-o', 'jsonpath={.spec.replicas}')).toBe('1')
    expect(await history('store')).toEqual(['superseded', 'superseded', 'deployed'])
    expect(JSON.parse(await helm('list', '-o', 'json'))).toMatchObject([
      { name: 'store', revision: '3', status: 'deployed' },
    ])
    await helm('uninstall', 'store', ...WAIT)
    expect(await drave.kubectlFails('get', 'statefulset', 'store')).toContain('not found')
    expect((await value('secrets', '-o', 'name')).trim()).toBe('')
  })
})
