import type { Pod } from '../../../kube/generated/core-v1.ts'
import { Labels } from '../../../languages/promql/labels.ts'
import type { Target } from './target.ts'

const JOB = 'kubernetes-pods'
const PREFIX = 'prometheus.io'

/** What a label name may not have becomes `_`, as Prometheus' discovery writes it. */
const sanitized = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_')

/**
 * The targets of a pod that asks to be scraped with `prometheus.io/scrape: "true"`, labelled as the `kubernetes-pods` job
 * that the Prometheus charts bring: pod labels, namespace, pod and node. Without `prometheus.io/port`, each TCP port that a
 * container declares is one.
 */
export function podTargets(pod: Pod): Target[] {
  const { annotations = {}, labels = {}, namespace = '', name, uid } = pod.metadata
  const address = pod.status?.podIP
  const isRunning = pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined
  if (annotations[`${PREFIX}/scrape`] !== 'true' || !address || !isRunning) return []
  const scheme = annotations[`${PREFIX}/scheme`] === 'https' ? 'https' : 'http'
  const written = annotations[`${PREFIX}/path`] ?? '/metrics'
  const path = written.startsWith('/') ? written : `/${written}`
  const host = address.includes(':') ? `[${address}]` : address
  return portsOf(pod).flatMap(port => {
    const instance = `${host}:${port}`
    const url = `${scheme}://${instance}${path}`
    if (!URL.canParse(url)) return []
    const mapped = Object.entries(labels).map(([label, value]) => [sanitized(label), value])
    const node = pod.spec?.nodeName ?? ''
    return [
      {
        key: `${uid}/${url}`,
        job: JOB,
        url,
        labels: Labels.of({ ...Object.fromEntries(mapped), namespace, pod: name, node, job: JOB, instance }),
        discovered: {
          __address__: instance,
          __metrics_path__: path,
          __scheme__: scheme,
          __meta_kubernetes_namespace: namespace,
          __meta_kubernetes_pod_name: name,
          __meta_kubernetes_pod_ip: address,
          __meta_kubernetes_pod_node_name: node,
        },
      },
    ]
  })
}

function portsOf(pod: Pod): number[] {
  const annotated = pod.metadata.annotations?.[`${PREFIX}/port`]
  if (annotated !== undefined) {
    const port = Number(annotated)
    return Number.isInteger(port) && port > 0 && port < 65_536 ? [port] : []
  }
  const declared = (pod.spec?.containers ?? [])
    .flatMap(container => container.ports ?? [])
    .filter(port => (port.protocol ?? 'TCP') === 'TCP')
  return [...new Set(declared.map(port => port.containerPort))]
}
