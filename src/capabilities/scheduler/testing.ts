import type { Node, NodeSpec, Pod, PodSpec } from '../../kube/generated/core-v1.ts'
import { Cluster, type Surroundings } from './cluster/cluster.ts'
import { podFacts } from './cluster/pod-facts.ts'
import { fitMessage } from './fit-error.ts'
import { placePod } from './place-pod.ts'

/** For tests: a pod; `on` puts it on a node. */
export function testPod(
  name: string,
  spec: Partial<PodSpec> = {},
  meta: { labels?: Record<string, string>; namespace?: string; on?: string; status?: Pod['status'] } = {},
): Pod {
  const { labels = {}, namespace = 'default', on, status } = meta
  // Only what scheduling reads.
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `${namespace}-${name}`, labels },
    spec: { containers: [], ...(on ? { nodeName: on } : {}), ...spec },
    status,
  } as unknown as Pod
}

/** One container with these requests. */
export const requesting = (
  requests: Record<string, string>,
  more: Partial<PodSpec> = {},
): Partial<PodSpec> => ({
  containers: [{ name: 'c', image: 'c', resources: { requests } }],
  ...more,
})

/** For tests: a node with four CPUs, 8 GiB and room for ten pods. */
export function testNode(
  name: string,
  labels: Record<string, string> = {},
  more: { spec?: NodeSpec; allocatable?: Record<string, string>; status?: Node['status'] } = {},
): Node {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '10', ...more.allocatable }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: more.spec ?? {},
    status: { allocatable, ...more.status },
  } as unknown as Node
}

/** For tests: a cluster of these nodes and pods. */
export function testCluster(
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  surroundings?: Surroundings,
): Cluster {
  const cluster = new Cluster(surroundings)
  for (const node of nodes) cluster.setNode(node)
  for (const pod of pods) cluster.setPod(pod)
  return cluster
}

/** The node that a pod gets, or the message that says why none. Of equal nodes the first. */
export function placed(pod: Pod, cluster: Cluster): string {
  const result = placePod(podFacts(pod), cluster, { percentageOfNodesToScore: 100, random: () => 0.999 })
  return result.kind === 'fits' ? result.node.name : fitMessage(result.diagnosis)
}
