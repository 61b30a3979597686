import type { Node, Pod } from '../../../kube/generated/core-v1.ts'
import type { NamespaceLabels } from './affinity-term.ts'
import { ClusterNode } from './cluster-node.ts'
import { type CountedSelector, MatchCounts } from './match-counts.ts'
import { type PodFacts, podFacts } from './pod-facts.ts'
import { NO_STORAGE, type Storage } from './storage.ts'

/** What else decisions read of the cluster: live views, asked when needed. */
export interface Surroundings {
  namespaceLabels: NamespaceLabels
  storage: Storage
  /** The selector of the Services and controllers that a pod belongs to; undefined where there are none. */
  selectorOf(pod: PodFacts): CountedSelector | undefined
}

export const EMPTY_SURROUNDINGS: Surroundings = {
  namespaceLabels: () => undefined,
  storage: NO_STORAGE,
  selectorOf: () => undefined,
}

/** All nodes with their pods, changed one pod or node at a time; pods that were just bound are assumed to be there. */
export class Cluster {
  readonly surroundings: Surroundings
  readonly #nodes = new Map<string, ClusterNode>()
  readonly #counts = new MatchCounts()
  /** Where each pod is, by uid. */
  readonly #places = new Map<string, { node: ClusterNode; pod: PodFacts }>()
  readonly #assumed = new Set<string>()
  /** Pods for which others have been preempted, by the node that they wait for. */
  readonly #nominated = new Map<string, Map<string, PodFacts>>()
  #list: ClusterNode[] | undefined
  #withAntiAffinity = new Set<ClusterNode>()
  #withAffinity = new Set<ClusterNode>()
  #nodesWithImage: Map<string, number> | undefined
  /** Where the search for nodes begins next, so that all get their turn. */
  next = 0

  constructor(surroundings: Surroundings = EMPTY_SURROUNDINGS) {
    this.surroundings = surroundings
  }

  /** The nodes that exist, zone by zone in turn. */
  get nodes(): readonly ClusterNode[] {
    this.#list ??= interleaved([...this.#nodes.values()].filter(({ node }) => node !== undefined))
    return this.#list
  }

  get nodesWithAffinity(): ReadonlySet<ClusterNode> {
    return this.#withAffinity
  }

  get nodesWithAntiAffinity(): ReadonlySet<ClusterNode> {
    return this.#withAntiAffinity
  }

  node(name: string): ClusterNode | undefined {
    const found = this.#nodes.get(name)
    return found?.node ? found : undefined
  }

  setNode(node: Node): void {
    const entry = this.#entry(node.metadata.name)
    const zone = zoneOf(entry.labels)
    if (!entry.node || zone !== zoneOf(node.metadata.labels ?? {})) this.#list = undefined
    if (entry.node?.status?.images !== node.status?.images) this.#nodesWithImage = undefined
    entry.set(node)
  }

  removeNode(name: string): void {
    const entry = this.#nodes.get(name)
    if (!entry) return
    this.#list = undefined
    this.#nodesWithImage = undefined
    entry.node = undefined
    if (entry.pods.size === 0) this.#nodes.delete(name)
  }

  /** A pod as the API shows it: on its node, wherever it was assumed to be. */
  setPod(pod: Pod): void {
    const facts = podFacts(pod)
    const place = this.#places.get(facts.uid)
    if (place?.pod === facts) return
    this.#assumed.delete(facts.uid)
    if (place) this.#take(place)
    this.#put(facts, this.#entry(pod.spec.nodeName ?? ''))
  }

  removePod(uid: string): void {
    this.#assumed.delete(uid)
    const place = this.#places.get(uid)
    if (place) this.#take(place)
  }

  /** Counts a pod on a node before the API shows it there. */
  assume(pod: PodFacts, node: ClusterNode): void {
    this.#assumed.add(pod.uid)
    this.#put(pod, node)
  }

  /** Takes an assumption back. */
  forget(pod: PodFacts): void {
    if (this.#assumed.has(pod.uid)) this.removePod(pod.uid)
  }

  isPlaced(uid: string): boolean {
    return this.#places.has(uid)
  }

  nominate(pod: PodFacts, node: string): void {
    this.unnominate(pod.uid)
    const waiting = this.#nominated.get(node) ?? new Map<string, PodFacts>()
    this.#nominated.set(node, waiting)
    waiting.set(pod.uid, pod)
  }

  unnominate(uid: string): void {
    for (const [node, waiting] of this.#nominated)
      if (waiting.delete(uid) && waiting.size === 0) this.#nominated.delete(node)
  }

  nominatedTo(node: string): ReadonlyMap<string, PodFacts> | undefined {
    return this.#nominated.get(node)
  }

  /** Pods by node that a selector matches in a namespace. */
  counts(namespace: string, selector: CountedSelector): ReadonlyMap<string, number> {
    return this.#counts.of(namespace, selector, () => this.#nodes.values())
  }

  /** On how many nodes an image is present. */
  nodesWithImage(image: string): number {
    if (!this.#nodesWithImage) {
      this.#nodesWithImage = new Map()
      for (const { images } of this.nodes)
        for (const name of images.keys())
          this.#nodesWithImage.set(name, (this.#nodesWithImage.get(name) ?? 0) + 1)
    }
    return this.#nodesWithImage.get(image) ?? 0
  }

  #entry(name: string): ClusterNode {
    const entry = this.#nodes.get(name) ?? new ClusterNode(name)
    this.#nodes.set(name, entry)
    return entry
  }

  #put(pod: PodFacts, node: ClusterNode): void {
    node.add(pod)
    this.#places.set(pod.uid, { node, pod })
    this.#counts.changed(node.name, pod, 1)
    this.#index(node)
  }

  #take({ node, pod }: { node: ClusterNode; pod: PodFacts }): void {
    node.remove(pod)
    this.#places.delete(pod.uid)
    this.#counts.changed(node.name, pod, -1)
    this.#index(node)
    if (!node.node && node.pods.size === 0) this.#nodes.delete(node.name)
  }

  #index(node: ClusterNode): void {
    if (node.podsWithAffinity.size > 0) this.#withAffinity.add(node)
    else this.#withAffinity.delete(node)
    if (node.podsWithAntiAffinity.size > 0) this.#withAntiAffinity.add(node)
    else this.#withAntiAffinity.delete(node)
  }
}

const zoneOf = (labels: Readonly<Record<string, string>>): string =>
  `${labels['topology.kubernetes.io/region'] ?? ''}/${labels['topology.kubernetes.io/zone'] ?? ''}`

/** One node of each zone after the other, so that a search that ends early has seen all zones. */
function interleaved(nodes: readonly ClusterNode[]): ClusterNode[] {
  const zones = new Map<string, ClusterNode[]>()
  for (const node of nodes) {
    const zone = zoneOf(node.labels)
    const members = zones.get(zone)
    if (members) members.push(node)
    else zones.set(zone, [node])
  }
  if (zones.size <= 1) return [...nodes]
  const result: ClusterNode[] = []
  for (let index = 0; result.length < nodes.length; index++)
    for (const members of zones.values()) {
      const node = members[index]
      if (node) result.push(node)
    }
  return result
}
