import type { Node, Taint } from '../../../kube/generated/core-v1.ts'
import { milliValue, quantityToNumber } from '../../../kube/quantity.ts'
import type { NamedLabels } from '../../../kube/node-terms.ts'
import { type HostPort, hasAffinity, type PodFacts } from './pod-facts.ts'
import { isHard } from '../../../kube/tolerations.ts'

/** A node with the sums over its pods, kept up to date pod by pod. CPU is in thousandths, the rest in units. */
export class ClusterNode implements NamedLabels {
  readonly name: string
  /** Undefined while only pods speak of this node. */
  node: Node | undefined
  labels: Readonly<Record<string, string>> = {}
  hardTaints: readonly Taint[] = []
  softTaints: readonly Taint[] = []
  cpuCapacity = 0
  memoryCapacity = 0
  podCapacity = 0
  otherCapacity: ReadonlyMap<string, number> = new Map()
  images: ReadonlyMap<string, number> = new Map()
  readonly pods = new Map<string, PodFacts>()
  readonly podsWithAffinity = new Set<PodFacts>()
  readonly podsWithAntiAffinity = new Set<PodFacts>()
  readonly others = new Map<string, number>()
  /** Pods of this node that use a claim, by `namespace/name`. */
  readonly claims = new Map<string, number>()
  cpu = 0
  memory = 0
  scoredCpu = 0
  scoredMemory = 0
  readonly #ports = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  set(node: Node): void {
    const { allocatable = {}, images = [] } = node.status ?? {}
    const { cpu = '0', memory = '0', pods = '0', ...others } = allocatable
    this.node = node
    this.labels = node.metadata.labels ?? {}
    const taints = node.spec.taints ?? []
    this.hardTaints = taints.filter(isHard)
    this.softTaints = taints.filter(({ effect }) => effect === 'PreferNoSchedule')
    this.cpuCapacity = milliValue(cpu)
    this.memoryCapacity = quantityToNumber(memory)
    this.podCapacity = quantityToNumber(pods)
    this.otherCapacity = new Map(
      Object.entries(others).map(([name, amount]) => [name, quantityToNumber(amount)]),
    )
    this.images = new Map(
      images.flatMap(({ names = [], sizeBytes = 0 }) => names.map(name => [name, sizeBytes] as const)),
    )
  }

  add(pod: PodFacts): void {
    this.pods.set(pod.uid, pod)
    if (hasAffinity(pod)) this.podsWithAffinity.add(pod)
    if (pod.antiAffinity.length > 0) this.podsWithAntiAffinity.add(pod)
    this.#count(pod, 1)
  }

  remove(pod: PodFacts): void {
    const held = this.pods.get(pod.uid)
    if (!held) return
    this.pods.delete(pod.uid)
    this.podsWithAffinity.delete(held)
    this.podsWithAntiAffinity.delete(held)
    this.#count(held, -1)
  }

  /** Whether another pod holds the port, on the same address or with one of them on all. */
  isPortTaken({ ip, protocol, port }: HostPort): boolean {
    const here = `${protocol} ${port} `
    if (ip === '0.0.0.0') return this.#ports.has(here)
    return this.#ports.has(`${here}0.0.0.0`) || this.#ports.has(`${here}${ip}`)
  }

  #count(pod: PodFacts, by: 1 | -1): void {
    this.cpu += by * pod.cpu
    this.memory += by * pod.memory
    this.scoredCpu += by * pod.scoredCpu
    this.scoredMemory += by * pod.scoredMemory
    for (const [name, amount] of pod.others) this.others.set(name, (this.others.get(name) ?? 0) + by * amount)
    for (const { ip, protocol, port } of pod.hostPorts) {
      tally(this.#ports, `${protocol} ${port} `, by)
      tally(this.#ports, `${protocol} ${port} ${ip}`, by)
    }
    for (const { name } of pod.claims) tally(this.claims, `${pod.namespace}/${name}`, by)
  }
}

function tally(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count <= 0) counts.delete(key)
  else counts.set(key, count)
}
