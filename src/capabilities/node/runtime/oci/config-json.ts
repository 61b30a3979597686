import type { ContainerUser } from '../../container/container-user.ts'
import type { Container, Pod } from '../../../../kube/generated/core-v1.ts'
import { type CgroupLimits, CPU_PERIOD_US } from '../../cgroup/limits.ts'
import { ConfigError } from '../../container/config-error.ts'
import type { Mount } from '../../volumes/container-root.ts'
import type { RootlessIds } from './id-maps.ts'
import { seccompOf } from './seccomp.ts'
import { heldCapabilities } from './held-capabilities.ts'
import { capabilitiesOf } from './security.ts'

/** Files of the host, or of a namespace, that a pod's containers share; undefined: a new one for the container. */
export interface Namespaces {
  /** `host`, or the file that keeps the namespace. */
  net: string
  ipc?: string | undefined
  uts?: string | undefined
  pid?: string | undefined
}

export interface OciPlan {
  pod: Pod
  container: Container
  args: readonly string[]
  env: Readonly<Record<string, string>>
  cwd: string
  user: ContainerUser
  /** Relative to the bundle, or absolute. */
  rootPath: string
  hostname: string
  mounts: readonly Mount[]
  namespaces: Namespaces
  limits: CgroupLimits
  /** From the root of the hierarchy; undefined: the runtime makes none. */
  cgroupsPath: string | undefined
  /** Whether the container's group is the root of all that it sees: only cgroup v2 is made for that. */
  ownCgroupNamespace: boolean
  /** Undefined as root: then there is no user namespace. */
  rootless: RootlessIds | undefined
  tty: boolean
}

const SHM_BYTES = 64 * 2 ** 20
const MASKED = [
  ...['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list'],
  ...['/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware'],
]
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** config.json of the OCI runtime specification 1.0.2 for one container. Throws ConfigError. */
export function configJson(plan: OciPlan): object {
  const { pod, container, args, env, cwd, user, rootless } = plan
  const {
    privileged = false,
    allowPrivilegeEscalation,
    readOnlyRootFilesystem,
    procMount,
  } = container.securityContext ?? {}
  // With one user only there is nobody to become, and nothing to own.
  const capabilities = rootless?.hasRange === false ? [] : capabilitiesOf(container, heldCapabilities())
  const seccomp = seccompOf(pod, container, capabilities)
  const isMasked = !privileged && procMount !== 'Unmasked'
  // A user other than root gets none in effect, but may keep what setuid programs would use.
  const effective = user.uid === 0 ? capabilities : []
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { ...user, ...(rootless?.hasRange === false ? { additionalGids: [] } : {}), umask: 0o022 },
      args,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      capabilities: {
        bounding: capabilities,
        effective,
        permitted: effective,
        inheritable: [],
        ambient: [],
      },
      noNewPrivileges: allowPrivilegeEscalation === false,
      oomScoreAdj: 0,
    },
    root: { path: plan.rootPath, readonly: readOnlyRootFilesystem ?? false },
    ...(plan.namespaces.uts === 'host' ? {} : { hostname: plan.hostname }),
    mounts: [...systemMounts(plan, privileged), ...volumeMounts(plan)],
    linux: {
      namespaces: namespacesOf(plan),
      ...(rootless
        ? {
            uidMappings: rootless.uidMappings,
            gidMappings: rootless.gidMappings,
          }
        : {}),
      ...(plan.cgroupsPath === undefined
        ? {}
        : { cgroupsPath: plan.cgroupsPath, resources: resourcesOf(plan.limits, privileged) }),
      sysctl: Object.fromEntries(
        (pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]),
      ),
      ...(isMasked ? { maskedPaths: MASKED, readonlyPaths: READ_ONLY } : {}),
      ...(seccomp ? { seccomp } : {}),
      rootfsPropagation: plan.mounts.some(mount => mount.propagation === 'Bidirectional')
        ? 'rshared'
        : 'rslave',
    },
  }
}

function resourcesOf({ cpuShares, cpuQuotaUs, memoryBytes, pids }: CgroupLimits, privileged: boolean) {
  return {
    devices: privileged ? [{ allow: true, access: 'rwm' }] : [{ allow: false, access: 'rwm' }],
    cpu: { shares: cpuShares, ...(cpuQuotaUs ? { quota: cpuQuotaUs, period: CPU_PERIOD_US } : {}) },
    ...(memoryBytes ? { memory: { limit: memoryBytes } } : {}),
    ...(pids ? { pids: { limit: pids } } : {}),
  }
}

function namespacesOf({
  namespaces,
  rootless,
  ownCgroupNamespace,
}: OciPlan): { type: string; path?: string }[] {
  const of = (type: string, where: string | undefined) =>
    where === 'host' ? [] : [where === undefined ? { type } : { type, path: where }]
  return [
    { type: 'mount' },
    ...of('network', namespaces.net),
    ...of('ipc', namespaces.ipc),
    ...of('uts', namespaces.uts),
    ...of('pid', namespaces.pid),
    ...(rootless ? [{ type: 'user' }] : []),
    ...(ownCgroupNamespace ? [{ type: 'cgroup' }] : []),
  ]
}

function systemMounts({ rootless, namespaces, cgroupsPath }: OciPlan, privileged: boolean): object[] {
  const guarded = ['nosuid', 'noexec', 'nodev']
  const access = privileged ? 'rw' : 'ro'
  // A user namespace may mount sysfs only with a network namespace of its own.
  const sys =
    rootless || namespaces.net === 'host'
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...guarded, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...guarded, access] }
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: [
        'nosuid',
        'noexec',
        'newinstance',
        'ptmxmode=0666',
        'mode=0620',
        ...(rootless?.hasRange === false ? [] : ['gid=5']),
      ],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...guarded, 'mode=1777', `size=${SHM_BYTES}`],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: guarded },
    sys,
    // Programs read there how much they may use.
    ...(cgroupsPath === undefined
      ? []
      : [
          {
            destination: '/sys/fs/cgroup',
            type: 'cgroup',
            source: 'cgroup',
            options: [...guarded, 'relatime', access],
          },
        ]),
  ]
}

const PROPAGATION: Readonly<Record<string, string>> = {
  None: 'rprivate',
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
}

/** Outer mounts first, so that a mount inside another one lands in it. */
function volumeMounts({ mounts }: OciPlan): object[] {
  return [...mounts]
    .sort((a, b) => a.mountPath.length - b.mountPath.length)
    .map(({ mountPath, target, readOnly, propagation = 'None' }) => {
      if (!mountPath.startsWith('/')) throw new ConfigError(`mountPath "${mountPath}" must be absolute`)
      return {
        destination: mountPath,
        type: 'bind',
        source: target,
        options: ['rbind', PROPAGATION[propagation] ?? 'rprivate', readOnly ? 'ro' : 'rw'],
      }
    })
}
