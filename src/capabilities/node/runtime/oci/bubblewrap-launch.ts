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
  return { file: '/bin/sh', args: ['-c', script, 'sh', pidFile, ...outer] }
}

/** A command joins the namespaces of the first process, as the user that the container runs as. */
export function insideBubblewrap(
  { pidFile, user }: { pidFile: string; user: ContainerUser },
  command: readonly string[],
): Launch {
  const pid = String(enginePid(pidFile) ?? '')
  const { uid, gid } = user
  const namespaces = ['--user', '--mount', '--pid', '--ipc', '--uts', '--net']
  const identity = ['--setuid', String(uid), '--setgid', String(gid)]
  return {
    file: 'nsenter',
    args: ['--target', pid, ...namespaces, ...identity, `--root=/proc/${pid}/root`, '--', ...command],
  }
}
