import { describe, expect, it } from 'vitest'
import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import { bubblewrapArgs } from './bubblewrap-args.ts'
import { configJson, type OciPlan } from './config-json.ts'
import { CAPABILITIES, capabilitiesIn } from './held-capabilities.ts'
import { capabilitiesOf } from './security.ts'

const plan = (container: Partial<Container> = {}, more: Partial<OciPlan> = {}): OciPlan => ({
  pod: { metadata: { name: 'p' }, spec: {} } as Pod,
  container: { name: 'c', image: 'x', ...container },
  args: ['sh'],
  env: { A: 'b' },
  cwd: '/',
  user: { uid: 0, gid: 0, additionalGids: [] },
  rootPath: '/root',
  hostname: 'p',
  mounts: [],
  namespaces: { net: '/ns/net' },
  limits: { cpuShares: 2 },
  cgroupsPath: undefined,
  ownCgroupNamespace: false,
  rootless: undefined,
  tty: false,
  ...more,
})
// What the runtimes read; its shape is the OCI runtime specification's.
const config = (...of: Parameters<typeof plan>) => JSON.parse(JSON.stringify(configJson(plan(...of))))

describe('capabilities', () => {
  it.each<[string, NonNullable<Container['securityContext']>, string[], string[]]>([
    ['the usual ones', {}, ['CAP_CHOWN', 'CAP_KILL'], ['CAP_SYS_ADMIN']],
    ['one more', { capabilities: { add: ['SYS_TIME'] } }, ['CAP_CHOWN', 'CAP_SYS_TIME'], ['CAP_BPF']],
    [
      'only those asked for',
      { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
      ['CAP_NET_BIND_SERVICE'],
      ['CAP_CHOWN'],
    ],
    [
      'all but one',
      { capabilities: { add: ['ALL'], drop: ['CAP_SYS_ADMIN'] } },
      ['CAP_BPF'],
      ['CAP_SYS_ADMIN'],
    ],
    ['all', { privileged: true, capabilities: { drop: ['ALL'] } }, ['CAP_SYS_ADMIN'], []],
  ])('are %s', (_, securityContext, present, absent) => {
    const found = capabilitiesOf({ securityContext }, CAPABILITIES)
    for (const name of present) expect(found).toContain(name)
    for (const name of absent) expect(found).not.toContain(name)
  })

  it('are no more than those of this process where all are wanted', () => {
    // Seen in containers: CHOWN, KILL and SYS_TIME.
    const held = capabilitiesIn('0000000002000021')
    expect(held).toEqual(['CHOWN', 'KILL', 'SYS_TIME'])
    expect(capabilitiesIn('000001ffffffffff')).toEqual(CAPABILITIES)
    expect(capabilitiesOf({ securityContext: { privileged: true } }, held)).toEqual([
      'CAP_CHOWN',
      'CAP_KILL',
      'CAP_SYS_TIME',
    ])
  })

  it('have names that exist', () => {
    expect(() => capabilitiesOf({ securityContext: { capabilities: { add: ['FLY'] } } }, [])).toThrow(
      'CAP_FLY',
    )
  })
})

describe('config.json', () => {
  it('shows a container its control group where it has one, as all there is in v2', () => {
    const types = (more: Partial<OciPlan>) => {
      const { mounts, linux } = config({}, more)
      const typesOf = (list: { type: string }[]) => list.map(({ type }) => type)
      return [typesOf(mounts).includes('cgroup'), typesOf(linux.namespaces).includes('cgroup')]
    }
    expect(types({})).toEqual([false, false])
    expect(types({ cgroupsPath: '/d/c' })).toEqual([true, false])
    expect(types({ cgroupsPath: '/d/c', ownCgroupNamespace: true })).toEqual([true, true])
  })

  it('gives no capabilities in effect to other users, and keeps those of root', () => {
    expect(config().process.capabilities.effective).toContain('CAP_CHOWN')
    expect(
      config({}, { user: { uid: 5, gid: 5, additionalGids: [] } }).process.capabilities.effective,
    ).toEqual([])
  })

  it.each<[string, Partial<Container>, object]>([
    [
      'no new privileges',
      { securityContext: { allowPrivilegeEscalation: false } },
      { process: { noNewPrivileges: true } },
    ],
    [
      'a root for reading',
      { securityContext: { readOnlyRootFilesystem: true } },
      { root: { readonly: true } },
    ],
  ])('says %s', (_, container, expected) => expect(config(container)).toMatchObject(expected))

  it('masks what tells of the host, unless asked not to', () => {
    expect(config().linux.maskedPaths).toContain('/proc/kcore')
    expect(config({ securityContext: { procMount: 'Unmasked' } }).linux.maskedPaths).toBeUndefined()
    expect(config({ securityContext: { privileged: true } }).linux.maskedPaths).toBeUndefined()
  })

  it('filters system calls when asked to, but those that a capability allows', () => {
    const seccompProfile = { type: 'RuntimeDefault' }
    expect(config().linux.seccomp).toBeUndefined()
    const [rule] = config({ securityContext: { seccompProfile } }).linux.seccomp.syscalls
    expect(rule.names).toContain('mount')
    const [other] = config({ securityContext: { seccompProfile, capabilities: { add: ['SYS_ADMIN'] } } })
      .linux.seccomp.syscalls
    expect(other.names).not.toContain('mount')
    expect(() => config({ securityContext: { seccompProfile: { type: 'Localhost' } } })).toThrow('Localhost')
  })

  it('joins namespaces, shares those of the host, and maps the user without root', () => {
    const types = (found: { linux: { namespaces: { type: string; path?: string }[] } }) =>
      found.linux.namespaces.map(({ type, path }) => (path ? `${type}=${path}` : type))
    expect(types(config())).toEqual(['mount', 'network=/ns/net', 'ipc', 'uts', 'pid'])
    const host = { net: 'host', ipc: 'host', uts: 'host', pid: 'host' }
    expect(types(config({}, { namespaces: host }))).toEqual(['mount'])
    const uidMappings = [{ containerID: 0, hostID: 1000, size: 1 }]
    const rootless = (hasRange: boolean) =>
      config({}, { rootless: { uidMappings, gidMappings: [], hasRange }, namespaces: host })
    expect(types(rootless(false))).toEqual(['mount', 'user'])
    expect(rootless(false).linux.uidMappings).toEqual(uidMappings)
    expect(rootless(false).process.capabilities.effective).toEqual([])
    expect(rootless(true).process.capabilities.effective).toContain('CAP_CHOWN')
  })

  it('mounts volumes, the outer ones first', () => {
    const mount = (mountPath: string, readOnly: boolean) => ({
      volume: 'v',
      mountPath,
      target: `/host${mountPath}`,
      readOnly,
    })
    const found = config({}, { mounts: [mount('/a/b', true), mount('/a', false)] }).mounts.slice(-2)
    expect(found.map((one: { destination: string }) => one.destination)).toEqual(['/a', '/a/b'])
    expect(found[1].options).toContain('ro')
  })
})

it('bubblewrap is told the same, and no secret in its arguments', () => {
  const args = bubblewrapArgs(
    plan({ securityContext: { readOnlyRootFilesystem: true } }, { env: { TOKEN: 'secret' } }),
    4,
  )
  expect(args.join(' ')).toContain('--ro-bind /root /')
  expect(args.join(' ')).not.toContain('secret')
  expect(args.slice(-2)).toEqual(['--', 'sh'])
})
