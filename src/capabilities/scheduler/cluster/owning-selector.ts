import type { Informers } from '../../../kernel/informer.ts'
import { ReplicaSet, StatefulSet } from '../../../kube/generated/apps-v1.ts'
import { ReplicationController, Service } from '../../../kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../kube/generated/meta-v1.ts'
import { controllerOf } from '../../../kube/owner.ts'
import { compileLabelSelector, labelSelectorToString } from '../../../kube/selectors.ts'
import type { CountedSelector } from './match-counts.ts'
import type { PodFacts } from './pod-facts.ts'

/** Finds the pods that a pod belongs with: those that its Services and its controller select. */
export function owningSelector(informers: Informers): (pod: PodFacts) => CountedSelector | undefined {
  const services = informers.for(Service)
  const ofController = controllerSelector(informers)
  return pod => {
    const selectors = services
      .list(pod.namespace)
      .map(({ spec }) => spec?.selector ?? {})
      .filter(selector => isPartOf(selector, pod.labels))
    const { matchLabels, matchExpressions = [] } = ofController(pod) ?? {}
    const selector = { matchLabels: Object.assign({}, ...selectors, matchLabels), matchExpressions }
    if (Object.keys(selector.matchLabels).length + matchExpressions.length === 0) return undefined
    return { key: labelSelectorToString(selector), matches: compileLabelSelector(selector) }
  }
}

function isPartOf(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>) {
  const entries = Object.entries(selector)
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value)
}

function controllerSelector(informers: Informers): (pod: PodFacts) => LabelSelector | undefined {
  const replicaSets = informers.for(ReplicaSet)
  const statefulSets = informers.for(StatefulSet)
  const replicationControllers = informers.for(ReplicationController)
  return ({ pod, namespace }) => {
    const owner = controllerOf(pod)
    const key = `${namespace}/${owner?.name}`
    switch (owner?.kind) {
      case 'ReplicaSet':
        return replicaSets.get(key)?.spec.selector
      case 'StatefulSet':
        return statefulSets.get(key)?.spec?.selector
      case 'ReplicationController': {
        const matchLabels = replicationControllers.get(key)?.spec?.selector
        return matchLabels && { matchLabels }
      }
      default:
        return undefined
    }
  }
}
