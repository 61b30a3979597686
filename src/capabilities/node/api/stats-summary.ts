import { totalmem, uptime } from 'node:os'
import { toTime } from '../../../lib/clock.ts'
import type { Figures, MeasuredPod } from './measured-pods.ts'

/** `/stats/summary` of a kubelet (stats/v1alpha1 Summary): CPU and memory of the node, its pods and their containers. */
export function statsSummary(
  nodeName: string,
  pods: readonly MeasuredPod[],
  { node, now }: { node: Figures | undefined; now: number },
) {
  return {
    node: {
      nodeName,
      startTime: toTime(now - uptime() * 1000),
      ...(node ? figures(node, totalmem()) : {}),
    },
    pods: pods.map(({ pod, containers, total }) => ({
      podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      startTime: pod.status?.startTime ?? null,
      containers: containers.map(one => ({
        name: one.name,
        startTime: toTime(one.startedAt),
        ...figures(one.figures),
      })),
      ...figures(total),
    })),
  }
}

function figures({ at, cpuNanoseconds, cpuNanocores, memoryBytes }: Figures, capacity?: number) {
  const time = toTime(at)
  return {
    cpu: {
      time,
      ...(cpuNanocores === undefined ? {} : { usageNanoCores: Math.round(cpuNanocores) }),
      usageCoreNanoSeconds: cpuNanoseconds,
    },
    memory: {
      time,
      ...(capacity === undefined ? {} : { availableBytes: Math.max(0, capacity - memoryBytes) }),
      workingSetBytes: memoryBytes,
    },
  }
}
