import type { Pod, PodAffinityTerm } from '../../../kube/generated/core-v1.ts'
import { compileLabelSelector } from '../../../kube/selectors.ts'
import type { PodFacts } from './pod-facts.ts'

type Labels = Readonly<Record<string, string>> | undefined

/** The labels of a namespace, for namespaceSelector. */
export type NamespaceLabels = (namespace: string) => Labels

/** One term of pod affinity or anti-affinity, ready to be asked. */
export interface AffinityTerm {
  readonly topologyKey: string
  readonly weight: number
  matches(pod: PodFacts, namespaceLabels: NamespaceLabels): boolean
}

/** Compiles a term of `owner`: without namespaces and namespaceSelector it is about the owner's namespace. */
export function affinityTerm(owner: Pod, term: PodAffinityTerm, weight = 0): AffinityTerm {
  const { topologyKey, namespaces = [], namespaceSelector } = term
  const named = new Set(
    namespaces.length === 0 && !namespaceSelector ? [owner.metadata.namespace ?? ''] : namespaces,
  )
  const inNamespace = compileLabelSelector(namespaceSelector)
  const selects = compileLabelSelector(term.labelSelector)
  return {
    topologyKey,
    weight,
    matches: (pod, namespaceLabels) =>
      (named.has(pod.namespace) ||
        (namespaceSelector !== undefined && inNamespace(namespaceLabels(pod.namespace)))) &&
      selects(pod.labels),
  }
}
