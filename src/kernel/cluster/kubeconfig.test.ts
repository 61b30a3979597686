import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock.ts'
import { accessOf } from './kubeconfig.ts'
import { mergeKubeconfigs } from './merge-kubeconfigs.ts'

const folder = mkdtempSync(join(tmpdir(), 'drave-kubeconfig-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const clock = new VirtualClock()

function write(name: string, content: unknown): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const named = (name: string, key: string, stanza: object) => [{ name, [key]: stanza }]
const configOf = (user: object, cluster: object = {}) => ({
  clusters: named('c', 'cluster', { server: 'https://c:6443/', ...cluster }),
  users: named('u', 'user', user),
  contexts: named('x', 'context', { cluster: 'c', user: 'u', namespace: 'shop' }),
  'current-context': 'x',
})
let count = 0
const access = async (user: object, cluster?: object) => {
  const file = write(`one-${count++}`, configOf(user, cluster))
  return accessOf(await mergeKubeconfigs([file], { required: true }), { clock })
}

describe('kubeconfig files', () => {
  it('are merged, the first to name something winning, paths meant from their own folders', async () => {
    write('b/ca.crt', 'authority of b')
    const a = write('a/config', {
      users: named('u', 'user', { token: 'of a' }),
      'current-context': 'x',
    })
    const b = write('b/config', {
      ...configOf({ token: 'of b' }, { 'certificate-authority': 'ca.crt' }),
      'current-context': 'y',
    })
    const config = await mergeKubeconfigs([a, join(folder, 'missing'), b], { required: false })
    expect(accessOf(config, { clock })).toMatchObject({
      server: 'https://c:6443',
      token: 'of a',
      ca: 'authority of b',
      namespace: 'shop',
    })
    expect(() => accessOf(config, { context: 'y', clock })).toThrow('no context "y"')
  })

  it('must be there where they are named, and one of them where they are not', async () => {
    const missing = join(folder, 'missing')
    await expect(mergeKubeconfigs([missing], { required: true })).rejects.toThrow('ENOENT')
    await expect(mergeKubeconfigs([missing], { required: false })).rejects.toThrow('no kubeconfig')
    await expect(mergeKubeconfigs([write('broken', 'a: [')], { required: false })).rejects.toThrow('broken')
    await expect(mergeKubeconfigs([write('list', '[1]')], { required: true })).rejects.toThrow(
      'not a mapping',
    )
  })

  it('say what is not supported or contradicts itself', async () => {
    await expect(access({ token: 't' }, { 'proxy-url': 'socks5://p' })).rejects.toThrow('proxy-url')
    await expect(access({ 'auth-provider': { name: 'gcp' } })).rejects.toThrow('auth-provider')
    const authority = Buffer.from('pem').toString('base64')
    await expect(
      access({}, { 'certificate-authority-data': authority, 'insecure-skip-tls-verify': true }),
    ).rejects.toThrow('only one can be meant')
  })

  it('give a server name for TLS and whom to act as', async () => {
    const user = { token: 't', as: 'jane', 'as-groups': ['g'], 'as-user-extra': { 'a/b': ['1'] } }
    expect(await access(user, { 'tls-server-name': 'real' })).toMatchObject({
      tlsServerName: 'real',
      impersonate: { user: 'jane', groups: ['g'], extra: { 'a/b': ['1'] } },
    })
  })

  it('name a file with a token that is read again after a while, or when it was refused', async () => {
    const file = write('token', 'first\n')
    const { credentials } = await access({ tokenFile: file, token: 'fixed' })
    const first = await credentials?.current()
    expect(first).toEqual({ token: 'first' })
    write('token', 'second')
    expect(await credentials?.current()).toBe(first)
    await clock.advance(60_000)
    const second = await credentials?.current()
    expect(second).toEqual({ token: 'second' })
    write('token', 'third')
    if (second) credentials?.refused(second)
    expect(await credentials?.current()).toEqual({ token: 'third' })
    rmSync(file)
    await clock.advance(60_000)
    expect(await credentials?.current()).toEqual({ token: 'third' })
  })

  it('may name a program, whose version and mode must be known', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Never' }
    expect((await access({ exec })).credentials).toBeDefined()
    expect((await access({ exec, token: 't' })).credentials).toBeUndefined()
    await expect(access({ exec: { ...exec, interactiveMode: undefined } })).rejects.toThrow('interactiveMode')
    const alpha = { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' }
    await expect(access({ exec: alpha })).rejects.toThrow('exec.apiVersion')
  })
})
