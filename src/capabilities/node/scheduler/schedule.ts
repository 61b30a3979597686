import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  Taint,
  Toleration,
} from '../../../kube/generated/core-v1.ts'

export type Placement = { kind: 'fits'; node: string } | { kind: 'none'; message: string }

/** Chooses a node for a pod among those there are; the message of a refusal counts the reasons as the scheduler does. */
export function schedule(pod: Pod, nodes: readonly Node[], podsOn: (node: string) => number): Placement {
  const reasons = new Map<string, number>()
  const fitting: Node[] = []
  for (const node of nodes) {
    const reason = refusal(pod, node, podsOn)
    if (reason === undefined) fitting.push(node)
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const best = fitting.sort((a, b) => podsOn(a.metadata.name) - podsOn(b.metadata.name))[0]
  if (best) return { kind: 'fits', node: best.metadata.name }
  if (nodes.length === 0) return { kind: 'none', message: 'no nodes available to schedule pods' }
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort()
  return { kind: 'none', message: `0/${nodes.length} nodes are available: ${counted.join(', ')}.` }
}

function refusal(pod: Pod, node: Node, podsOn: (node: string) => number): string | undefined {
  const { spec } = pod
  const tolerations = spec.tolerations ?? []
  const cordon: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
  if (node.spec.unschedulable && !isTolerated(cordon, tolerations)) return 'node(s) were unschedulable'
  const taint = node.spec.taints?.find(
    ({ key, effect, value }) =>
      effect !== 'PreferNoSchedule' && !isTolerated({ key, effect, value }, tolerations),
  )
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  if (!matchesSelector(pod, node)) return "node(s) didn't match Pod's node affinity/selector"
  const ready = node.status?.conditions?.find(condition => condition.type === 'Ready')
  if (ready?.status !== 'True') return 'node(s) were not ready'
  if (podsOn(node.metadata.name) >= Number(node.status?.allocatable?.['pods'] ?? Infinity))
    return 'Too many pods'
  return undefined
}

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(
    ({ key, operator = 'Equal', value, effect }) =>
      (!effect || effect === taint.effect) &&
      (key ? key === taint.key : operator === 'Exists') &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  )
}

function matchesSelector({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || required.nodeSelectorTerms.some(term => matchesTerm(term, node))
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  // An empty term matches no node, as the API says.
  if (matchExpressions.length + matchFields.length === 0) return false
  const labels = node.metadata.labels ?? {}
  return (
    matchExpressions.every(expression => satisfies(labels[expression.key], expression)) &&
    matchFields.every(field =>
      satisfies(field.key === 'metadata.name' ? node.metadata.name : undefined, field),
    )
  )
}

function satisfies(value: string | undefined, { operator, values = [] }: NodeSelectorRequirement): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}
