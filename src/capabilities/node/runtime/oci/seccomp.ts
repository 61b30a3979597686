import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import { ConfigError } from '../../container/config-error.ts'

/** System calls that change the machine rather than the container, each with the capability that allows it. */
const GUARDED: readonly (readonly [capability: string, calls: readonly string[]])[] = [
  ['CAP_SYS_MODULE', ['create_module', 'delete_module', 'finit_module', 'init_module', 'query_module']],
  ['CAP_SYS_BOOT', ['kexec_file_load', 'kexec_load', 'reboot']],
  ['CAP_SYS_PACCT', ['acct']],
  ['CAP_SYS_TIME', ['clock_adjtime', 'clock_settime', 'settimeofday', 'stime']],
  ['CAP_SYS_RAWIO', ['ioperm', 'iopl']],
  ['CAP_SYS_NICE', ['mbind', 'migrate_pages', 'move_pages', 'set_mempolicy']],
  ['CAP_SYS_PTRACE', ['kcmp', 'process_vm_readv', 'process_vm_writev']],
  ['CAP_DAC_READ_SEARCH', ['open_by_handle_at']],
  [
    'CAP_SYS_ADMIN',
    [
      ...['bpf', 'fanotify_init', 'fsconfig', 'fsmount', 'fsopen', 'fspick', 'lookup_dcookie', 'mount'],
      ...['mount_setattr', 'move_mount', 'open_tree', 'perf_event_open', 'pivot_root', 'quotactl', 'setns'],
      ...['swapoff', 'swapon', 'umount', 'umount2', 'unshare', 'setdomainname', 'sethostname'],
    ],
  ],
]
/** Kept from every container: keys and page faults of the kernel are not its own, and the rest is obsolete. */
const NEVER = ['add_key', 'keyctl', 'nfsservctl', 'request_key', 'sysfs', 'uselib', 'userfaultfd', 'ustat']

const EPERM = 1

/** The filter of a container, or undefined where it asks for none: `Unconfined` is the API's default. Throws ConfigError. */
export function seccompOf(pod: Pod, container: Container, capabilities: readonly string[]) {
  const { privileged, seccompProfile } = container.securityContext ?? {}
  const profile = seccompProfile ?? pod.spec.securityContext?.seccompProfile
  if (privileged || !profile || profile.type === 'Unconfined') return undefined
  if (profile.type !== 'RuntimeDefault')
    throw new ConfigError(`seccompProfile.type ${profile.type} is not supported by this node`)
  const held = new Set(capabilities)
  const names = [...NEVER, ...GUARDED.flatMap(([capability, calls]) => (held.has(capability) ? [] : calls))]
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures:
      process.arch === 'arm64'
        ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
        : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM }],
  }
}
