import type { NodeAnswer, NodeConnector, NodeRequest } from '../../../apiserver/http/connector.ts'
import type { Kernel } from '../../../kernel/capability.ts'
import { podLogOptions } from '../../../kernel/pod-connectors.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { apiError } from '../../../kube/status.ts'
import { podLogs } from '../logs/pod-logs.ts'
import type { NodeAgent } from '../node-agent.ts'
import { cadvisorMetrics, kubeletMetrics, resourceMetrics } from './kubelet-metrics.ts'
import { figuresOf, measuredPods } from './measured-pods.ts'
import { statsSummary } from './stats-summary.ts'

const METRICS = 'text/plain; version=0.0.4; charset=utf-8'

/** What of a kubelet's HTTP API clients read through `nodes/NAME/proxy`; nothing listens for it. */
export function nodeApi(kernel: Kernel, agent: NodeAgent): NodeConnector {
  const { clock, config } = kernel
  const text = (body: string, contentType = 'text/plain; charset=utf-8'): NodeAnswer => ({
    code: 200,
    contentType,
    body,
  })
  const json = (value: object) => text(JSON.stringify(value), 'application/json')
  const pods = () => agent.all().map(runtime => runtime.pod())
  const list = (items: readonly object[]) => json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })
  const node = () => figuresOf(agent.usage.nodeWindow)
  const pages: Readonly<Record<string, () => NodeAnswer>> = {
    healthz: () => text('ok'),
    pods: () => list(pods()),
    runningpods: () => list(agent.all().flatMap(runtime => runningPod(runtime.pod(), runtime.measured))),
    metrics: () => text(kubeletMetrics(agent.parts.name, measuredPods(agent)), METRICS),
    'metrics/cadvisor': () => text(cadvisorMetrics(measuredPods(agent), node()), METRICS),
    'metrics/resource': () => text(resourceMetrics(measuredPods(agent), node()), METRICS),
    'stats/summary': () =>
      json(statsSummary(agent.parts.name, measuredPods(agent), { node: node(), now: clock.now() })),
    configz: () =>
      json({
        kubeletconfig: {
          kind: 'KubeletConfiguration',
          apiVersion: 'kubelet.config.k8s.io/v1beta1',
          maxPods: Number(config.get('node.maxPods')),
          maxParallelImagePulls: Number(config.get('node.parallelPulls')),
          containerLogMaxSize: String(config.get('node.logFileBytes')),
          containerLogMaxFiles: Number(config.get('node.logFiles')),
        },
      }),
  }
  const logs = podLogs(agent.logs, clock)
  return {
    async answer({ node: name, path, query, signal }: NodeRequest) {
      if (name !== agent.parts.name)
        throw apiError(
          'ServiceUnavailable',
          `error trying to reach service: node "${name}" is not run by this process`,
        )
      const page = Object.hasOwn(pages, path) ? pages[path] : undefined
      if (page) return page()
      const [, namespace, podName, container] = /^containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? []
      if (!container) return { ...text('404 page not found\n'), code: 404 }
      const pod = pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === podName)
      if (!pod) return { ...text(`pod "${podName}" not found in namespace "${namespace}"\n`), code: 404 }
      const options = { ...podLogOptions(query), container }
      return { code: 200, contentType: 'text/plain', body: logs.read(pod, options, signal) }
    },
  }
}

/** As the runtime knows a pod: its names, and the containers that run. */
function runningPod({ metadata, spec }: Pod, running: readonly { container: string }[]): object[] {
  const { name, namespace, uid } = metadata
  const containers = running.map(({ container }) => ({
    name: container,
    image: spec.containers.find(one => one.name === container)?.image ?? '',
    resources: {},
  }))
  return containers.length > 0
    ? [{ metadata: { name, namespace, uid, creationTimestamp: null }, spec: { containers }, status: {} }]
    : []
}
