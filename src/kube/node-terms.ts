import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './generated/core-v1.ts'

/** What node selectors look at. */
export interface NamedLabels {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** Whether a pod's nodeSelector and required node affinity admit a node. */
export function admitsNode(
  { nodeSelector, affinity }: Pick<PodSpec, 'nodeSelector' | 'affinity'>,
  node: NamedLabels,
): boolean {
  for (const key in nodeSelector) if (node.labels?.[key] !== nodeSelector[key]) return false
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || matchesNodeSelector(required, node)
}

/** One of the terms must match; none at all matches nothing. */
export const matchesNodeSelector = (selector: NodeSelector, node: NamedLabels): boolean =>
  (selector.nodeSelectorTerms ?? []).some(term => matchesTerm(term, node))

/** An empty term matches no node, as the API says. */
export function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { name, labels }: NamedLabels,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  return (
    matchExpressions.every(expression => satisfies(ownLabel(labels, expression.key), expression)) &&
    matchFields.every(field => satisfies(field.key === 'metadata.name' ? name : undefined, field))
  )
}

/** Labels may have the names of what every object inherits. */
const ownLabel = (labels: NamedLabels['labels'], key: string): string | undefined =>
  labels && Object.hasOwn(labels, key) ? labels[key] : undefined

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
      return isWhole(value) && isWhole(values[0]) && BigInt(value) > BigInt(values[0])
    case 'Lt':
      return isWhole(value) && isWhole(values[0]) && BigInt(value) < BigInt(values[0])
    default:
      return false
  }
}

const isWhole = (value: string | undefined): value is string =>
  value !== undefined && /^[+-]?\d+$/.test(value)
