import type { KubeObject } from '../../../kube/object.ts'
import { isJsonObject, type Json } from '../../../kube/schema/schema.ts'

/** The name under which Argo Rollouts' users configure HTTPRoutes. */
const GATEWAY_API = 'argoproj-labs/gatewayAPI'

/** An HTTPRoute whose weights between two Services a Rollout writes. */
export interface RouteSplit {
  route: { name: string; namespace: string }
  /** Where the two Services are. */
  namespace: string
  services: readonly string[]
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJsonObject) : [])

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isJsonObject(inner) ? inner[name] : undefined), value)
}

/** The HTTPRoutes that a Rollout names, with the Services that it splits them between. */
export function splitsOfRollout(rollout: KubeObject): RouteSplit[] {
  const { namespace = 'default' } = rollout.metadata
  const canary = at(rollout, 'spec', 'strategy', 'canary')
  const services = [at(canary, 'stableService'), at(canary, 'canaryService')].filter(
    name => typeof name === 'string',
  )
  const config = at(canary, 'trafficRouting', 'plugins', GATEWAY_API)
  if (services.length < 2 || !isJsonObject(config)) return []
  const routeNamespace = typeof config['namespace'] === 'string' ? config['namespace'] : namespace
  return [config['httpRoute'], ...list(config['httpRoutes']).map(route => route['name'])]
    .filter(name => typeof name === 'string')
    .map(name => ({ route: { name, namespace: routeNamespace }, namespace, services }))
}

type Wanted = Pick<KubeObject, 'metadata'>

/**
 * Puts the live weights of both Services of a split into the rules that name both. A rule that is new gets those of
 * another rule: a Rollout gives all of them the same.
 */
export function adoptWeights(
  route: Wanted,
  rules: { desired: unknown; live: unknown },
  split: RouteSplit,
): void {
  const liveRules = list(rules.live)
  const known = liveRules.map(rule => pairOf(route, rule, split)).find(pair => pair !== undefined)
  for (const [index, rule] of list(rules.desired).entries()) {
    const pair = pairOf(route, rule, split)
    if (!pair) continue
    const sameRule =
      rule['name'] === undefined ? liveRules[index] : liveRules.find(other => other['name'] === rule['name'])
    const live = (sameRule && pairOf(route, sameRule, split)) ?? known
    for (const [place, backend] of pair.entries()) {
      const weight = live?.[place]?.['weight']
      if (weight !== undefined) backend['weight'] = weight
    }
  }
}

/** The backends of a rule that name the Services of a split, in their order; undefined unless all are there. */
function pairOf({ metadata }: Wanted, rule: Json, split: RouteSplit): Json[] | undefined {
  const found = split.services.map(service =>
    list(rule['backendRefs']).find(
      backend =>
        backend['name'] === service &&
        (backend['group'] ?? '') === '' &&
        (backend['kind'] ?? 'Service') === 'Service' &&
        (backend['namespace'] ?? metadata.namespace) === split.namespace,
    ),
  )
  const backends = found.filter(backend => backend !== undefined)
  return backends.length === split.services.length ? backends : undefined
}
