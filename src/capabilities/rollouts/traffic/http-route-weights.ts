import type { HttpRoute, HttpRouteBackend } from '../kinds/http-route.ts'

/** The two Services between which a route splits, and their namespace. */
export interface Split {
  namespace: string
  stable: string
  canary: string
}

const isService = (backend: HttpRouteBackend, name: string, route: HttpRoute, namespace: string): boolean =>
  backend.name === name &&
  (backend.group ?? '') === '' &&
  (backend.kind ?? 'Service') === 'Service' &&
  (backend.namespace ?? route.metadata.namespace) === namespace

/** The backends of both Services, of each rule that splits between them. */
function pairs(route: HttpRoute, split: Split): { rule: number; stable: number; canary: number }[] {
  return (route.spec.rules ?? []).flatMap((rule, index) => {
    const find = (name: string) =>
      (rule.backendRefs ?? []).findIndex(backend => isService(backend, name, route, split.namespace))
    const [stable, canary] = [find(split.stable), find(split.canary)]
    return stable < 0 || canary < 0 ? [] : [{ rule: index, stable, canary }]
  })
}

/** What is missing in a route for splitting, with the field; undefined when nothing is. */
export function routeProblem(route: HttpRoute, split: Split): string | undefined {
  if (pairs(route, split).length > 0) return undefined
  const rules = route.spec.rules ?? []
  const has = (name: string) =>
    rules.some(rule => rule.backendRefs?.some(backend => isService(backend, name, route, split.namespace)))
  const missing = [split.stable, split.canary].filter(name => !has(name))
  const path = 'spec.rules[*].backendRefs'
  return missing.length > 0
    ? `${path} does not name Service ${missing.map(name => `"${name}"`).join(' and Service ')}`
    : `${path}: no rule names both Service "${split.stable}" and Service "${split.canary}"`
}

/** The canary weight of a route, undefined where its rules disagree or the weights do not sum to `total`. */
export function canaryWeight(route: HttpRoute, split: Split, total: number): number | undefined {
  const weights = new Set(
    pairs(route, split).map(({ rule, stable, canary }) => {
      const backends = route.spec.rules?.[rule]?.backendRefs ?? []
      const [stableWeight, weight] = [backends[stable]?.weight ?? 1, backends[canary]?.weight ?? 1]
      return stableWeight + weight === total ? weight : Number.NaN
    }),
  )
  const [weight] = weights
  return weights.size === 1 && weight !== undefined && !Number.isNaN(weight) ? weight : undefined
}

/** The route with the canary's weight and the stable's rest set in every rule that splits; other backends keep theirs. */
export function withCanaryWeight(
  route: HttpRoute,
  split: Split,
  { weight, total }: { weight: number; total: number },
): HttpRoute {
  const changed = structuredClone(route)
  for (const { rule, stable, canary } of pairs(route, split)) {
    const backends = changed.spec.rules?.[rule]?.backendRefs ?? []
    // The indexes come from the same list.
    const [stableBackend, canaryBackend] = [backends[stable], backends[canary]]
    if (stableBackend) stableBackend.weight = total - weight
    if (canaryBackend) canaryBackend.weight = weight
  }
  return changed
}
