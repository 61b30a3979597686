import type { Usage, UsageSource } from '../../apiserver/usage/usage-source.ts'
import type { Kernel } from '../../kernel/capability.ts'
import { Pod } from '../../kube/generated/core-v1.ts'
import { isQuantity, parseQuantity, quantityToNumber } from '../../kube/quantity.ts'
import { isSimulatedNode, simulatedNotice } from '../../kube/simulated.ts'

/** KWOK's names: what each container of a pod is said to use. */
const CPU = 'kwok.x-k8s.io/usage-cpu'
const MEMORY = 'kwok.x-k8s.io/usage-memory'
const WINDOW_MS = 15_000
/** Sums of nodes are made of all pods at once, and hold so long. */
const SUMS_MS = 1000

/** What each container of a simulated pod uses, as its annotations say; undefined without them. */
export function usagePerContainer(pod: Pod): Usage | undefined {
  const { [CPU]: cpu = '', [MEMORY]: memory = '' } = pod.metadata.annotations ?? {}
  if (simulatedNotice(pod) === undefined || pod.status?.phase !== 'Running') return undefined
  if (!isQuantity(cpu) || !isQuantity(memory)) return undefined
  return { cpuNanocores: Number(parseQuantity(cpu).nano), memoryBytes: quantityToNumber(memory) }
}

/** Usage of what is only acted out: pods as annotated, their nodes the sum of that. */
export function simulatedUsage({ informers, clock }: Kernel): UsageSource {
  let sums: { madeAt: number; byNode: ReadonlyMap<string, Usage> } | undefined
  const sumsNow = () => {
    const now = clock.elapsed()
    if (!sums || now - sums.madeAt >= SUMS_MS)
      sums = { madeAt: now, byNode: sumsByNode(informers.for(Pod).list()) }
    return sums.byNode
  }
  const sampled = () => ({ at: clock.now(), windowMs: WINDOW_MS })
  return {
    ofPod(pod) {
      const usage = usagePerContainer(pod)
      return (
        usage && { ...sampled(), containers: new Map(pod.spec.containers.map(({ name }) => [name, usage])) }
      )
    },
    ofNode(node) {
      if (!isSimulatedNode(node)) return undefined
      const usage = sumsNow().get(node.metadata.name)
      return usage && { ...sampled(), usage }
    },
  }
}

function sumsByNode(pods: readonly Pod[]): Map<string, Usage> {
  const sums = new Map<string, Usage>()
  for (const pod of pods) {
    const usage = usagePerContainer(pod)
    const { nodeName, containers } = pod.spec
    if (!usage || !nodeName) continue
    const sum = sums.get(nodeName) ?? { cpuNanocores: 0, memoryBytes: 0 }
    sums.set(nodeName, {
      cpuNanocores: sum.cpuNanocores + usage.cpuNanocores * containers.length,
      memoryBytes: sum.memoryBytes + usage.memoryBytes * containers.length,
    })
  }
  return sums
}
