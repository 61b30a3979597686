import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, hostname, release, totalmem, version } from 'node:os'
import type { NodeSystemInfo } from '../../../kube/generated/core-v1.ts'

/** As the kubelet's default. */
export const MAX_PODS = 110

/** The node's name: as configured, or the host's name in the form that object names have. */
export function nodeName(configured: unknown): string {
  const wanted = typeof configured === 'string' && configured !== '' ? configured : hostname()
  const name = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 63)
  return name === '' ? 'localhost' : name
}

/** What the machine has, as quantities. Nothing is set aside, so it is also what pods may use. */
export function allocatable(maxPods: number): Record<string, string> {
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(diskBytes() / 1024)}Ki`,
    pods: String(maxPods),
  }
}

function diskBytes(): number {
  const { blocks, bsize } = statfsSync('.')
  return blocks * bsize
}

/** Kubernetes' names for architectures. */
export const architecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch)

export const operatingSystem = (): string => (process.platform === 'win32' ? 'windows' : process.platform)

export function systemInfo(): NodeSystemInfo {
  const machineID = read('/etc/machine-id')
  return {
    architecture: architecture(),
    bootID: read('/proc/sys/kernel/random/boot_id'),
    containerRuntimeVersion: `process://${process.versions.node}`,
    kernelVersion: release(),
    kubeProxyVersion: '',
    kubeletVersion: 'v1.36.0-drave',
    machineID,
    operatingSystem: operatingSystem(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1] ?? version(),
    systemUUID: machineID,
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    // Not Linux, or not permitted.
    return ''
  }
}
