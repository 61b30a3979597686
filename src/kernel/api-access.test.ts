import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeAuthority } from '../apiserver/http/certificates.ts'
import { VirtualClock } from './clock.ts'
import { accessFrom, apiSettings, clusterIpRange } from './api-access.ts'
import type { Config } from './config.ts'

const directory = mkdtempSync(join(tmpdir(), 'drave-access-'))
afterAll(() => rmSync(directory, { recursive: true }))

const file = (name: string, content: string) => {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}

const configOf = (get: Config['get']): Config => ({
  dataDir: directory,
  host: '',
  ephemeralPorts: true,
  port: () => 0,
  get,
})

function read(settings: Record<string, unknown>) {
  const defaults = Object.fromEntries(apiSettings.map(setting => [setting.name, setting.default]))
  const get = (path: string) => ({ ...defaults, ...settings })[path.replace('apiserver.', '')]
  return accessFrom(configOf(get), { path: directory, folder: name => join(directory, name) })
}

it('asks roles, and nothing else, unless it is told', () => {
  expect(read({})).toEqual({
    alwaysAllow: false,
    staticTokens: [],
    oidc: undefined,
    clientAuthorities: undefined,
    audit: undefined,
  })
  expect(read({ authorizationMode: 'RBAC,AlwaysAllow' }).alwaysAllow).toBe(true)
})

it('reads the files that settings name', () => {
  const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n'
  const { certificate, key } = makeAuthority(new VirtualClock())
  const access = read({
    clientCaFile: file('ca.pem', `# two\n${certificate}${key}${certificate}`),
    tokenAuthFile: file('tokens.csv', 'secret,alice,1,dev\n'),
    auditPolicyFile: file('policy.yaml', policy),
    oidcIssuerUrl: 'https://issuer.example',
    oidcClientId: 'drave',
    oidcRequiredClaims: 'hd=acme, tier=a=b',
  })
  expect(access.staticTokens).toHaveLength(1)
  expect(access.clientAuthorities).toBe(`${certificate.trim()}\n${certificate.trim()}`)
  expect(access.audit).toMatchObject({ directory: join(directory, 'audit'), maxFileBytes: 100 * 1024 * 1024 })
  expect(access.oidc).toMatchObject({
    usernamePrefix: undefined,
    requiredClaims: { hd: 'acme', tier: 'a=b' },
  })
})

it.each([
  [{ authorizationMode: 'AlwaysDeny' }, /authorizationMode: AlwaysDeny: must be RBAC/],
  [{ tokenAuthFile: '/none/such' }, /apiserver.tokenAuthFile: \/none\/such: ENOENT/],
  [{ clientCaFile: file('empty.pem', '') }, /apiserver.clientCaFile: .*empty.pem: there is no certificate/],
  [{ oidcIssuerUrl: 'http://i' }, /must begin with https/],
  [{ oidcIssuerUrl: 'https://i' }, /oidcClientId: is needed/],
  [{ auditPolicyFile: file('bad.yaml', 'kind: Policy\n') }, /must be a Policy of audit.k8s.io\/v1/],
])('refuses %j', (settings, message) => {
  expect(() => read(settings)).toThrow(message)
})

it('reads the range of cluster IPs, which is loopback unless it is told or there is no node', () => {
  const range = (text: unknown, hasNode = true) =>
    clusterIpRange(
      configOf(() => text),
      { hasNode },
    )
  expect(range('127.128.0.0/12', false)).toBeUndefined()
  expect(range('')).toBeUndefined()
  expect(range('', false)).toMatchObject({ text: '10.0.0.0/16' })
  expect(range('10.0.0.0/24')).toMatchObject({ text: '10.0.0.0/24', count: 256 })
  expect(() => range('10.0.0.0/8')).toThrow('apiserver.serviceClusterIpRange: 10.0.0.0/8: the mask must be')
})
