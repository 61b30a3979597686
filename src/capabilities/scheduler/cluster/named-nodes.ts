import type { Pod } from '../../../kube/generated/core-v1.ts'

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
