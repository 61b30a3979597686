import type { Pod } from '../../../kube/generated/core-v1.ts'
import { nanoOf, podAmounts } from '../../../kube/pod-resources.ts'

/** Why a pod's requests do not fit beside those of other pods. */
export interface Shortage {
  /** `OutOfcpu`, as the kubelet has it. */
  reason: string
  message: string
}

/** Billionths in what the kubelet's messages count: thousandths of a processor, bytes. */
const UNITS: readonly (readonly [resource: string, nano: bigint])[] = [
  ['cpu', 1_000_000n],
  ['memory', 1_000_000_000n],
]

/** The first resource of which the node has too little, in the kubelet's words; undefined when the pod fits. */
export function shortage(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Shortage | undefined {
  const asked = podAmounts(pod.spec, 'requests')
  const taken = others.map(other => podAmounts(other.spec, 'requests'))
  for (const [resource, unit] of UNITS) {
    const requested = asked.get(resource) ?? 0n
    const used = taken.reduce((sum, amounts) => sum + (amounts.get(resource) ?? 0n), 0n)
    const capacity = nanoOf(allocatable[resource] ?? '0')
    if (requested === 0n || requested + used <= capacity) continue
    const [r, u, c] = [requested, used, capacity].map(nano => String((nano + unit - 1n) / unit))
    return {
      reason: `OutOf${resource}`,
      message: `Node didn't have enough resource: ${resource}, requested: ${r}, used: ${u}, capacity: ${c}`,
    }
  }
  return undefined
}

/** Whether a pod asks for more than it is allocated: such resizes wait behind the others. */
export function asksForMore(asked: Pod, allocated: Pod): boolean {
  const [now, before] = [podAmounts(asked.spec, 'requests'), podAmounts(allocated.spec, 'requests')]
  return UNITS.some(([resource]) => (now.get(resource) ?? 0n) > (before.get(resource) ?? 0n))
}
