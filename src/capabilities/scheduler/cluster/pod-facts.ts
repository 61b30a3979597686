import type { Affinity, Pod } from '../../../kube/generated/core-v1.ts'
import { keyOf } from '../../../kube/object.ts'
import { effectiveSpec, podAmounts } from '../../../kube/pod-resources.ts'
import { type AffinityTerm, affinityTerm } from './affinity-term.ts'

/** Upstream's stand-ins for what a container does not request, so that such pods spread too. */
const MISSING = { cpu: 100_000_000n, memory: 200n * 1024n * 1024n * 1_000_000_000n }

export interface HostPort {
  ip: string
  protocol: string
  port: number
}

/** What scheduling reads of a pod, worked out once an object. CPU is in thousandths, the rest in units. */
export interface PodFacts {
  readonly pod: Pod
  readonly key: string
  readonly uid: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly priority: number
  readonly cpu: number
  readonly memory: number
  /** Ephemeral storage, huge pages and extended resources. */
  readonly others: readonly (readonly [resource: string, amount: number])[]
  /** CPU and memory for scores: as requested, or a small amount. */
  readonly scoredCpu: number
  readonly scoredMemory: number
  readonly requestsNothing: boolean
  readonly hostPorts: readonly HostPort[]
  /** Names of PersistentVolumeClaims, those of generic ephemeral volumes included. */
  readonly claims: readonly { name: string; ephemeral: boolean }[]
  readonly images: readonly string[]
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly AffinityTerm[]
  readonly preferredAntiAffinity: readonly AffinityTerm[]
}

const known = new WeakMap<Pod, PodFacts>()

/** The facts of a pod object; objects of informers never change, so they are kept with it. */
export function podFacts(pod: Pod): PodFacts {
  let facts = known.get(pod)
  if (!facts) {
    facts = read(pod)
    known.set(pod, facts)
  }
  return facts
}

function read(pod: Pod): PodFacts {
  const { metadata, spec } = pod
  const held = effectiveSpec(pod)
  const requests = podAmounts(held, 'requests')
  const scored = podAmounts(held, 'requests', MISSING)
  const others = [...requests]
    .filter(([name, amount]) => name !== 'cpu' && name !== 'memory' && amount > 0n)
    .map(([name, amount]) => [name, units(amount)] as const)
  const [cpu, memory] = [milli(requests.get('cpu')), units(requests.get('memory'))]
  return {
    pod,
    key: keyOf(pod),
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    priority: spec.priority ?? 0,
    cpu,
    memory,
    others,
    scoredCpu: milli(scored.get('cpu')),
    scoredMemory: units(scored.get('memory')),
    requestsNothing: cpu === 0 && memory === 0 && others.length === 0,
    hostPorts: hostPortsOf(pod),
    claims: claimsOf(pod),
    images: [...(spec.initContainers ?? []), ...spec.containers].map(({ image = '' }) => normalImage(image)),
    ...termsOf(pod, spec.affinity),
  }
}

const milli = (nano: bigint | undefined): number =>
  nano === undefined ? 0 : Number((nano + 999_999n) / 1_000_000n)
const units = (nano: bigint | undefined): number =>
  nano === undefined ? 0 : Number((nano + 999_999_999n) / 1_000_000_000n)

function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...sidecars, ...spec.containers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }] : [],
    ),
  )
}

function claimsOf({ metadata, spec }: Pod): PodFacts['claims'] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): PodFacts['claims'] =>
    persistentVolumeClaim
      ? [{ name: persistentVolumeClaim.claimName, ephemeral: false }]
      : ephemeral
        ? [{ name: `${metadata.name}-${name}`, ephemeral: true }]
        : [],
  )
}

/** Node status lists images with their tag. */
const normalImage = (image: string): string =>
  image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image

function termsOf(pod: Pod, affinity: Affinity | undefined) {
  const { podAffinity, podAntiAffinity } = affinity ?? {}
  const required = (side: typeof podAffinity | typeof podAntiAffinity) =>
    (side?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term => affinityTerm(pod, term))
  const preferred = (side: typeof podAffinity | typeof podAntiAffinity) =>
    (side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm, weight }) =>
      affinityTerm(pod, podAffinityTerm, weight),
    )
  return {
    affinity: required(podAffinity),
    antiAffinity: required(podAntiAffinity),
    preferredAffinity: preferred(podAffinity),
    preferredAntiAffinity: preferred(podAntiAffinity),
  }
}

export const hasAffinity = (pod: PodFacts): boolean =>
  pod.affinity.length + pod.antiAffinity.length + pod.preferredAffinity.length > 0 ||
  pod.preferredAntiAffinity.length > 0
