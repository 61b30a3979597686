import type { Cluster } from '../cluster/cluster.ts'
import type { PodFacts } from '../cluster/pod-facts.ts'
import type { Refusal } from '../filters/filter.ts'
import { type Diagnosis, fitMessage } from '../fit-error.ts'
import { type Candidate, type PreemptionView, startOf, victimsOn } from './candidates.ts'

export type Preemption =
  | { kind: 'preempt'; candidate: Candidate }
  /** `nominated` says whether the pod may go on waiting for the node that it waits for. */
  | { kind: 'none'; message: string; keepsNomination: boolean }

/** Candidates looked for: a tenth of the nodes, and at least so many. */
const MIN_CANDIDATES = 100
const CANDIDATE_PERCENTAGE = 10

/** Whom to evict for a pod that found no node, or why that does not help. Mirrors upstream's DefaultPreemption. */
export function preempt(pod: PodFacts, diagnosis: Diagnosis, view: PreemptionView): Preemption {
  const { cluster } = view
  const ineligible = whyNot(pod, diagnosis, cluster)
  if (ineligible) return { kind: 'none', message: `preemption: ${ineligible}`, keepsNomination: true }
  const wanted = Math.max(MIN_CANDIDATES, Math.trunc((cluster.nodes.length * CANDIDATE_PERCENTAGE) / 100))
  const candidates: Candidate[] = []
  const refusals = new Map<string, Refusal>()
  for (const node of cluster.nodes) {
    if (candidates.length >= wanted) break
    if (!isHelped(diagnosis, node.name)) continue
    const result = victimsOn(pod, node, view)
    if ('victims' in result) candidates.push(result)
    else refusals.set(node.name, result)
  }
  const candidate = bestCandidate(candidates)
  if (candidate) return { kind: 'preempt', candidate }
  return {
    kind: 'none',
    message: `preemption: ${fitMessage({ nodes: diagnosis.nodes, refusedAll: undefined, refusals: withUnhelped(refusals, cluster), narrowedBy: undefined })}`,
    keepsNomination: false,
  }
}

const unhelpful: Refusal = {
  plugin: 'DefaultPreemption',
  reasons: ['Preemption is not helpful for scheduling'],
  helpedByPreemption: false,
}

function withUnhelped(refusals: Map<string, Refusal>, { nodes }: Cluster): Map<string, Refusal> {
  for (const { name } of nodes) if (!refusals.has(name)) refusals.set(name, unhelpful)
  return refusals
}

function isHelped({ refusedAll, refusals }: Diagnosis, node: string): boolean {
  if (refusedAll) return refusedAll.helpedByPreemption
  return refusals.get(node)?.helpedByPreemption ?? false
}

function whyNot(pod: PodFacts, { refusals }: Diagnosis, cluster: Cluster): string | undefined {
  const { spec, status } = pod.pod
  if (spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = cluster.node(status?.nominatedNodeName ?? '')
  if (!nominated) return undefined
  const refusal = refusals.get(nominated.name)
  if (refusal && !refusal.helpedByPreemption) return undefined
  for (const { priority, pod: other } of nominated.pods.values())
    if (priority < pod.priority && isLeavingForOthers(other))
      return 'not eligible due to a terminating pod on the nominated node.'
  return undefined
}

const isLeavingForOthers = ({ metadata, status }: PodFacts['pod']): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (status?.conditions ?? []).some(
    ({ type, status: truth, reason }) =>
      type === 'DisruptionTarget' && truth === 'True' && reason === 'PreemptionByScheduler',
  )

/** The candidate that costs least, criterion by criterion; the first of those that cost the same. */
export function bestCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  let left = [...candidates]
  for (const cost of costs) {
    if (left.length <= 1) break
    const least = Math.min(...left.map(cost))
    left = left.filter(candidate => cost(candidate) === least)
  }
  return left[0]
}

/** Lifts priorities above zero, so that fewer pods are the lower sum. */
const LIFT = 2 ** 31

const costs: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => violations,
  ({ victims }) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
  ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + LIFT, 0),
  ({ victims }) => victims.length,
  // Of the most important victims the one that started last.
  ({ victims }) => {
    const highest = victims[0]?.priority
    return -Math.min(...victims.filter(({ priority }) => priority === highest).map(startOf))
  },
]
