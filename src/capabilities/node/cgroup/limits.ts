import type { ResourceRequirements } from '../../../kube/generated/core-v1.ts'
import { milliValue, quantityToNumber } from '../../../kube/quantity.ts'

/** What cgroups enforce for one container; undefined: no limit. */
export interface CgroupLimits {
  /** Relative weight, in the scale of cgroup v1: 1024 for one processor. */
  cpuShares: number
  cpuQuotaUs?: number | undefined
  memoryBytes?: number | undefined
  pids?: number | undefined
}

export const CPU_PERIOD_US = 100_000
const MIN_SHARES = 2
const MIN_QUOTA_US = 1000

/** Limits by requests and limits, as the kubelet computes them. */
export function cgroupLimits({ requests, limits }: ResourceRequirements = {}): CgroupLimits {
  const cpu = limits?.['cpu']
  const memory = limits?.['memory']
  const asked = requests?.['cpu'] ?? cpu
  return {
    cpuShares:
      asked === undefined ? MIN_SHARES : Math.max(MIN_SHARES, Math.floor((milliValue(asked) * 1024) / 1000)),
    cpuQuotaUs:
      cpu === undefined || milliValue(cpu) === 0
        ? undefined
        : Math.max(MIN_QUOTA_US, Math.round((milliValue(cpu) * CPU_PERIOD_US) / 1000)),
    memoryBytes: memory === undefined ? undefined : Math.ceil(quantityToNumber(memory)) || undefined,
  }
}

/** cgroup v2's weight for v1's shares: the formula of the OCI runtimes. */
export const weightOf = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142)
