import type { OciPlan } from './config-json.ts'

/** Fields that bubblewrap has no way to honour; `path` is where the container stands in the pod. */
export function beyondBubblewrap(
  { pod, container }: Pick<OciPlan, 'pod' | 'container'>,
  path: string,
): string[] {
  const { seccompProfile, privileged, capabilities, procMount } = container.securityContext ?? {}
  const ofPod = pod.spec.securityContext ?? {}
  const isFiltered = (seccompProfile ?? ofPod.seccompProfile)?.type === 'RuntimeDefault'
  return [
    ...(isFiltered ? [`${path}.securityContext.seccompProfile`] : []),
    ...(privileged ? [`${path}.securityContext.privileged`] : []),
    ...(capabilities?.add?.length ? [`${path}.securityContext.capabilities.add`] : []),
    ...(procMount ? [`${path}.securityContext.procMount`] : []),
    ...(ofPod.sysctls?.length ? ['spec.securityContext.sysctls'] : []),
    ...(ofPod.supplementalGroups?.length ? ['spec.securityContext.supplementalGroups'] : []),
  ]
}

/** The arguments that make bubblewrap run a container; its own reports go to descriptor `infoDescriptor`. */
export function bubblewrapArgs(plan: OciPlan, infoDescriptor: number): string[] {
  const { namespaces, user, container, hostname, mounts } = plan
  const isReadOnly = container.securityContext?.readOnlyRootFilesystem ?? false
  return [
    // Always a user namespace: it is what drops the privileges of whoever runs Drave.
    ...['--unshare-user', '--uid', String(user.uid), '--gid', String(user.gid)],
    ...(namespaces.ipc === 'host' ? [] : ['--unshare-ipc']),
    ...(namespaces.pid === 'host' ? [] : ['--unshare-pid', '--as-pid-1']),
    ...(namespaces.uts === 'host' ? [] : ['--unshare-uts', '--hostname', hostname]),
    ...['--unshare-cgroup-try', '--new-session', '--cap-drop', 'ALL'],
    ...[isReadOnly ? '--ro-bind' : '--bind', plan.rootPath, '/'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/dev/shm'],
    ...[...mounts]
      .sort((a, b) => a.mountPath.length - b.mountPath.length)
      .flatMap(({ mountPath, target, readOnly }) => [readOnly ? '--ro-bind' : '--bind', target, mountPath]),
    ...['--chdir', plan.cwd],
    ...['--info-fd', String(infoDescriptor), '--', ...plan.args],
  ]
}
