import { readFileSync, readlinkSync } from 'node:fs'
import type { ContainerUser } from '../../container/container-user.ts'
import { bubblewrapArgs } from './bubblewrap-args.ts'
import type { OciPlan } from './config-json.ts'
import type { Launch } from './engine-command.ts'
import { enginePid } from './engine-pid.ts'

const INFO_DESCRIPTOR = 4

/** Runs a container in bubblewrap, `file`. */
export function bubblewrapLaunch(file: string, plan: OciPlan, pidFile: string): Launch {
  const { net, ipc, uts } = plan.namespaces
  const joined = Object.entries({ net, ipc, uts }).flatMap(([name, path]) =>
    path?.startsWith('/') ? [`--${name}=${path}`] : [],
  )
  // Its report becomes the file that the other engines write: the number of the first process.
  const script = `exec ${INFO_DESCRIPTOR}> "$1.info"; shift; exec "$@"`
  const inner = [file, ...bubblewrapArgs(plan, INFO_DESCRIPTOR)]
  const outer = joined.length > 0 ? ['nsenter', ...joined, '--', ...inner] : inner
  const launch = { file: '/bin/sh', args: ['-c', script, 'sh', pidFile, ...outer] }
  // bubblewrap makes two user namespaces, and only from around both can a later command join what it made.
  return isRoot() ? launch : { file: 'unshare', args: ['--map-root-user', launch.file, ...launch.args] }
}

/** A command joins the namespaces of the first process, as the user that the container runs as. */
export function insideBubblewrap(
  { pidFile, user }: { pidFile: string; user: ContainerUser },
  command: readonly string[],
): Launch {
  const pid = String(enginePid(pidFile) ?? '')
  const { uid, gid } = user
  // Without root whoever runs Drave is that user in there, and can become nobody else.
  const identity = isRoot() ? ['--setuid', String(uid), '--setgid', String(gid)] : ['--preserve-credentials']
  const own = NAMESPACES.filter(([file]) => namespaceOf(pid, file) !== namespaceOf('self', file))
  const args = ['--target', pid, ...own.map(([, flag]) => flag), ...identity, `--root=/proc/${pid}/root`]
  const launch = { file: 'nsenter', args: [...args, '--', ...command] }
  if (isRoot()) return launch
  const around = ['--target', parentOf(pid), '--user', '--preserve-credentials', '--']
  return { file: 'nsenter', args: [...around, launch.file, ...launch.args] }
}

const NAMESPACES = [
  ['user', '--user'],
  ['mnt', '--mount'],
  ['pid', '--pid'],
  ['ipc', '--ipc'],
  ['uts', '--uts'],
  ['net', '--net'],
] as const

const isRoot = (): boolean => process.getuid?.() === 0

/** What is shared with the host needs no joining, and may not be joined. */
function namespaceOf(pid: string, file: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${file}`)
  } catch {
    // It has ended: nsenter says so.
    return ''
  }
}

/** The process around a container, outside of the namespaces that bubblewrap makes. */
function parentOf(pid: string): string {
  try {
    // Field 4 of proc_pid_stat(5); the second one may hold blanks, but ends with the last parenthesis.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? ''
  } catch {
    return ''
  }
}
