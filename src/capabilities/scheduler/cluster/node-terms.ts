import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '../../../kube/generated/core-v1.ts'

/** What node selectors look at. */
export interface NamedLabels {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** Whether a pod's nodeSelector and required node affinity admit a node. */
export function admitsNode({ spec }: Pod, node: NamedLabels): boolean {
  for (const key in spec.nodeSelector) if (node.labels[key] !== spec.nodeSelector[key]) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
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
    matchExpressions.every(expression => satisfies(labels[expression.key], expression)) &&
    matchFields.every(field => satisfies(field.key === 'metadata.name' ? name : undefined, field))
  )
}

const WHOLE = /^[+-]?\d+$/

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

const isWhole = (value: string | undefined): value is string => value !== undefined && WHOLE.test(value)

/**
 * The only nodes that a pod's required affinity names by `metadata.name`, as DaemonSets do: the others need not
 * be looked at. Undefined where it does not name them in every term.
 */
export function namedNodes({ spec }: Pod): ReadonlySet<string> | undefined {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (terms.length === 0) return undefined
  const names = new Set<string>()
  for (const term of terms) {
    const fields = (term.matchFields ?? []).filter(
      ({ key, operator }) => key === 'metadata.name' && operator === 'In',
    )
    if (fields.length === 0) return undefined
    const [first, ...others] = fields.map(({ values = [] }) => new Set(values))
    for (const name of first ?? []) if (others.every(set => set.has(name))) names.add(name)
  }
  return names
}
