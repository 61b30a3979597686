import { availableParallelism, totalmem } from 'node:os'
import { exposition, type Family, type Sample } from './exposition.ts'
import type { Figures, MeasuredContainer, MeasuredPod } from './measured-pods.ts'

const CPU = 'container_cpu_usage_seconds_total'
const MEMORY = 'container_memory_working_set_bytes'
const STARTED = 'container_start_time_seconds'

const cpuHelp = (what: string) => `CPU time that ${what} has used, in core-seconds.`
const memoryHelp = (what: string) => `Working set of ${what}, in bytes.`

type Labels = Readonly<Record<string, string>>

const cpu = ({ at, cpuNanoseconds }: Figures, labels?: Labels): Sample => ({
  labels,
  value: cpuNanoseconds / 1e9,
  at,
})
const memory = ({ at, memoryBytes }: Figures, labels?: Labels): Sample => ({ labels, value: memoryBytes, at })

const podLabels = ({ pod }: MeasuredPod) => ({
  namespace: pod.metadata.namespace ?? '',
  pod: pod.metadata.name,
})

/** `/metrics/resource`: what metrics-server reads of a kubelet. */
export function resourceMetrics(pods: readonly MeasuredPod[], node: Figures | undefined): string {
  const containers = pods.flatMap(pod =>
    pod.containers.map(one => ({ ...one, labels: { container: one.name, ...podLabels(pod) } })),
  )
  return exposition([
    {
      name: CPU,
      help: cpuHelp('a container'),
      type: 'counter',
      samples: containers.map(({ figures, labels }) => cpu(figures, labels)),
    },
    {
      name: MEMORY,
      help: memoryHelp('a container'),
      type: 'gauge',
      samples: containers.map(({ figures, labels }) => memory(figures, labels)),
    },
    startTimes(containers),
    {
      name: 'node_cpu_usage_seconds_total',
      help: cpuHelp('the node'),
      type: 'counter',
      samples: node ? [cpu(node)] : [],
    },
    {
      name: 'node_memory_working_set_bytes',
      help: memoryHelp('the node'),
      type: 'gauge',
      samples: node ? [memory(node)] : [],
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      help: cpuHelp('a pod'),
      type: 'counter',
      samples: pods.map(pod => cpu(pod.total, podLabels(pod))),
    },
    {
      name: 'pod_memory_working_set_bytes',
      help: memoryHelp('a pod'),
      type: 'gauge',
      samples: pods.map(pod => memory(pod.total, podLabels(pod))),
    },
    {
      name: 'resource_scrape_error',
      help: '1 where the node could not be measured.',
      type: 'gauge',
      samples: [{ value: node ? 0 : 1 }],
    },
  ])
}

const startTimes = (
  containers: readonly (Pick<MeasuredContainer, 'startedAt'> & { labels: Labels })[],
): Family => ({
  name: STARTED,
  help: 'When a container started, in seconds since the epoch.',
  type: 'gauge',
  samples: containers.map(({ labels, startedAt }) => ({ labels, value: startedAt / 1000 })),
})

/** `/metrics/cadvisor`, with cAdvisor's labels: the machine as `id="/"`, pods without a container, containers. */
export function cadvisorMetrics(pods: readonly MeasuredPod[], node: Figures | undefined): string {
  const nothing = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' }
  const labelled = pods.flatMap(pod => [
    {
      figures: pod.total,
      startedAt: Math.min(...pod.containers.map(({ startedAt }) => startedAt)),
      labels: { ...nothing, id: `/drave/pod${pod.pod.metadata.uid}`, ...podLabels(pod) },
    },
    ...pod.containers.map(({ figures, startedAt, name, id, cgroup, image }) => ({
      figures,
      startedAt,
      labels: { container: name, id: cgroup, image, name: id, ...podLabels(pod) },
    })),
  ])
  const all = [...(node ? [{ figures: node, labels: nothing }] : []), ...labelled]
  return exposition([
    {
      name: CPU,
      help: cpuHelp('a container'),
      type: 'counter',
      samples: all.map(({ figures, labels }) => cpu(figures, { cpu: 'total', ...labels })),
    },
    {
      name: MEMORY,
      help: memoryHelp('a container'),
      type: 'gauge',
      samples: all.map(({ figures, labels }) => memory(figures, labels)),
    },
    startTimes(labelled),
    {
      name: 'machine_cpu_cores',
      help: 'CPUs of this machine.',
      type: 'gauge',
      samples: [{ value: availableParallelism() }],
    },
    {
      name: 'machine_memory_bytes',
      help: 'Memory of this machine, in bytes.',
      type: 'gauge',
      samples: [{ value: totalmem() }],
    },
  ])
}

/** `/metrics`: what a kubelet says of itself. */
export function kubeletMetrics(node: string, pods: readonly MeasuredPod[]): string {
  const containers = pods.reduce((sum, pod) => sum + pod.containers.length, 0)
  return exposition([
    {
      name: 'kubelet_node_name',
      help: 'The name of the node, as a label; always 1.',
      type: 'gauge',
      samples: [{ labels: { node }, value: 1 }],
    },
    {
      name: 'kubelet_running_pods',
      help: 'Pods of which something runs.',
      type: 'gauge',
      samples: [{ value: pods.length }],
    },
    {
      name: 'kubelet_running_containers',
      help: 'Containers by state.',
      type: 'gauge',
      samples: [{ labels: { container_state: 'running' }, value: containers }],
    },
  ])
}
