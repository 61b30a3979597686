import type { Pod } from '../../../kube/generated/core-v1.ts'
import type { NodeAgent } from '../node-agent.ts'
import { type Reading, usageIn } from '../usage/usage-window.ts'

/** The last reading of something, with its average over the window where there is one. */
export interface Figures extends Reading {
  cpuNanocores: number | undefined
}

export interface MeasuredContainer {
  name: string
  image: string
  id: string
  cgroup: string
  startedAt: number
  figures: Figures
}

export interface MeasuredPod {
  pod: Pod
  containers: MeasuredContainer[]
  /** The sum of the containers. */
  total: Figures
}

/** Pods of which something runs and has been measured. */
export function measuredPods(agent: NodeAgent): MeasuredPod[] {
  return agent.all().flatMap(runtime => {
    const pod = runtime.pod()
    const images = new Map(pod.spec.containers.map(({ name, image = '' }) => [name, image]))
    const containers = runtime.measured.flatMap(({ container: name, run: id, startedAt, cgroup }) => {
      const figures = figuresOf(agent.usage.window(pod, name))
      if (!figures) return []
      const place = cgroup ?? `drave/pod${pod.metadata.uid}/${id}`
      return [{ name, image: images.get(name) ?? '', id, cgroup: `/${place}`, startedAt, figures }]
    })
    return containers.length > 0 ? [{ pod, containers, total: sum(containers) }] : []
  })
}

export function figuresOf(window: Parameters<typeof usageIn>[0] | undefined): Figures | undefined {
  if (!window) return undefined
  return { ...(window.to ?? window.from), cpuNanocores: usageIn(window)?.cpuNanocores }
}

function sum(containers: readonly MeasuredContainer[]): Figures {
  const all = containers.map(({ figures }) => figures)
  const averages = all.flatMap(({ cpuNanocores }) => cpuNanocores ?? [])
  const add = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    at: Math.max(...all.map(({ at }) => at)),
    cpuNanoseconds: add(all.map(({ cpuNanoseconds }) => cpuNanoseconds)),
    memoryBytes: add(all.map(({ memoryBytes }) => memoryBytes)),
    cpuNanocores: averages.length === all.length ? add(averages) : undefined,
  }
}
