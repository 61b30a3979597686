import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import type { ContainerUser } from '../../container/container-user.ts'
import { ConfigError } from '../../container/config-error.ts'
import { CAPABILITIES } from './held-capabilities.ts'

/** What container runtimes leave to a container that asks for nothing (containerd's and Docker's set). */
const DEFAULT_CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
]

/**
 * The capabilities of a container, with the prefix `CAP_`. All of them are those that this process may have itself
 * (`held`): a runtime fails on others. Throws ConfigError for a name that is none.
 */
export function capabilitiesOf(
  { securityContext = {} }: Pick<Container, 'securityContext'>,
  held: readonly string[],
): string[] {
  const { privileged, capabilities = {} } = securityContext
  if (privileged) return held.map(name => `CAP_${name}`)
  const add = (capabilities.add ?? []).map(plain)
  const drop = new Set((capabilities.drop ?? []).map(plain))
  const base = add.includes('ALL') ? held : drop.has('ALL') ? [] : DEFAULT_CAPABILITIES
  const all = new Set([...base.filter(name => !drop.has(name)), ...add.filter(name => name !== 'ALL')])
  for (const name of all)
    if (!CAPABILITIES.includes(name)) throw new ConfigError(`unknown capability "CAP_${name}"`)
  return [...all].map(name => `CAP_${name}`)
}

const plain = (name: string): string => name.toUpperCase().replace(/^CAP_/, '')

/** Who a container runs as: its own or its pod's setting, then the image's user, whose names the image's files explain. Throws ConfigError. */
export function userOf(pod: Pod, container: Container, image: { user: string; root: string }): ContainerUser {
  const own = container.securityContext ?? {}
  const ofPod = pod.spec.securityContext ?? {}
  const ofImage = imageUser(image)
  const uid = own.runAsUser ?? ofPod.runAsUser
  const gid = own.runAsGroup ?? ofPod.runAsGroup
  const effective = uid ?? ofImage.uid
  const isStrict = ofPod.supplementalGroupsPolicy === 'Strict'
  const user: ContainerUser = {
    uid: effective,
    gid: gid ?? (uid === undefined ? ofImage.gid : (primaryGroup(image.root, uid) ?? 0)),
    additionalGids: [
      ...new Set([
        ...(isStrict ? [] : memberships(image.root, effective)),
        ...(ofPod.supplementalGroups ?? []),
        ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup]),
      ]),
    ],
  }
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) && user.uid === 0) {
    const { name, namespace, uid: podUid } = pod.metadata
    const who = `(pod: "${name}_${namespace}(${podUid})", container: ${container.name})`
    throw new ConfigError(
      uid === 0
        ? `container's runAsUser breaks non-root policy ${who}`
        : `container has runAsNonRoot and image will run as root ${who}`,
    )
  }
  return user
}

/** `USER[:GROUP]`, names or numbers, as an image's configuration has it. */
function imageUser({ user, root }: { user: string; root: string }): { uid: number; gid: number } {
  const [name = '', group] = user.split(':')
  if (name === '') return { uid: 0, gid: 0 }
  const entry = entryOf(root, 'passwd', name)
  const uid = /^\d+$/.test(name) ? Number(name) : entry ? Number(entry[2]) : undefined
  if (uid === undefined) throw new ConfigError(`the image's user "${name}" is not in its /etc/passwd`)
  if (group === undefined || group === '') return { uid, gid: entry ? Number(entry[3]) : 0 }
  const found = /^\d+$/.test(group) ? group : entryOf(root, 'group', group)?.[2]
  if (found === undefined) throw new ConfigError(`the image's group "${group}" is not in its /etc/group`)
  return { uid, gid: Number(found) }
}

function primaryGroup(root: string, uid: number): number | undefined {
  const entry = entryOf(root, 'passwd', String(uid))
  return entry && Number(entry[3])
}

/** The groups that the image's /etc/group has its user in. */
function memberships(root: string, uid: number): number[] {
  const name = entryOf(root, 'passwd', String(uid))?.[0]
  if (name === undefined) return []
  return linesOf(root, 'group').flatMap(([, , gid, members = '']) =>
    members.split(',').includes(name) ? [Number(gid)] : [],
  )
}

/** The fields of the line whose name or number is `key`. */
function entryOf(root: string, file: 'passwd' | 'group', key: string): string[] | undefined {
  return linesOf(root, file).find(([name, , number]) => name === key || number === key)
}

function linesOf(root: string, file: 'passwd' | 'group'): string[][] {
  try {
    return readFileSync(join(root, 'etc', file), 'utf8')
      .split('\n')
      .map(line => line.trim().split(':'))
  } catch {
    return []
  }
}
