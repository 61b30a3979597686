import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConfigSources, loadConfig } from './load-config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drave-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const load = (yaml: string | undefined, rest: Partial<ConfigSources> = {}) => {
  const file = join(folder, 'drave.yaml')
  if (yaml !== undefined) writeFileSync(file, yaml)
  return loadConfig({
    flags: {},
    environment: {},
    file,
    fileRequired: false,
    listeners: [
      { name: 'api', defaultPort: 6443 },
      { name: 'git', defaultPort: 8180 },
    ],
    settings: { 'gitops.pollInterval': '3s' },
    ...rest,
  })
}

describe('loadConfig', () => {
  it('takes flags over environment over file over defaults', async () => {
    const yaml = 'ports:\n  api: 1\n  git: 2\ngitops:\n  pollInterval: 9s\n'
    expect((await load(undefined)).port('api')).toBe(6443)
    expect((await load(yaml)).port('api')).toBe(1)
    const environment = { DRAVE_API_PORT: '3', DRAVE_GITOPS_POLL_INTERVAL: '7s' }
    expect((await load(yaml, { environment })).port('api')).toBe(3)
    expect((await load(yaml, { environment, flags: { 'api-port': '4' } })).port('api')).toBe(4)
    expect((await load(yaml, { environment })).get('gitops.pollInterval')).toBe('7s')
    expect((await load(yaml)).get('gitops.pollInterval')).toBe('9s')
    expect((await load('host: 127.0.0.2\n')).get('gitops.pollInterval')).toBe('3s')
  })

  it('uses port 0 for everything not named when ports are ephemeral', async () => {
    const config = await load('ports: {git: 2}\n', { flags: { 'ephemeral-ports': true } })
    expect([config.port('api'), config.port('git')]).toEqual([0, 2])
  })

  it.each([
    ['a: [1\n', 'drave.yaml:'],
    ['host: x\nbogus: 1\n', 'drave.yaml:2: unknown setting "bogus"'],
    ['gitops:\n  pollInterval: 3s\n  bogus: 1\n', 'drave.yaml:3: unknown setting "gitops.bogus"'],
    ['ports: {nope: 1}\n', 'ports.nope: there is no listener "nope"'],
    ['ports: {api: 70000}\n', 'api-port must be a port number'],
    ['ephemeralPorts: maybe\n', 'ephemeralPorts must be true or false'],
    ['- a\n', 'must be a mapping'],
  ])('refuses %j', async (yaml, message) => {
    await expect(load(yaml)).rejects.toThrow(message)
  })
})
