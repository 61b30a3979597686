import { readFileSync } from 'node:fs'

/** capabilities(7), up to Linux 5.9, each at the place of its number in linux/capability.h. */
export const CAPABILITIES: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...[
    'LINUX_IMMUTABLE',
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
  ],
  ...[
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
  ],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
]

/** Those of a mask in hexadecimal, as in the lines `Cap…` of /proc/PID/status. */
export function capabilitiesIn(mask: string): string[] {
  const bits = BigInt(`0x${mask}`)
  return CAPABILITIES.filter((_, number) => (bits >> BigInt(number)) & 1n)
}

let held: readonly string[] | undefined

/** What programs that this process starts can have at most: its bounding set. */
export function heldCapabilities(): readonly string[] {
  held ??= readHeld()
  return held
}

function readHeld(): readonly string[] {
  // Only Linux has them, and runtimes that use them.
  if (process.platform !== 'linux') return CAPABILITIES
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return mask === undefined ? CAPABILITIES : capabilitiesIn(mask)
}
