import type { Rollout } from '../kinds/generated/rollout.ts'
import { canaryOf } from '../spec-defaults.ts'

/** The name under which Argo Rollouts' users configure HTTPRoutes. */
export const GATEWAY_API = 'argoproj-labs/gatewayAPI'
export const GATEWAY_API_PATH = `spec.strategy.canary.trafficRouting.plugins["${GATEWAY_API}"]`

export interface RouteRef {
  name: string
  namespace: string
  /** The field of the Rollout that names it. */
  field: string
}

interface PluginConfig {
  httpRoute?: unknown
  httpRoutes?: unknown
  namespace?: unknown
}

const configOf = (rollout: Rollout): PluginConfig | undefined => {
  const config = canaryOf(rollout).trafficRouting?.plugins?.[GATEWAY_API]
  return typeof config === 'object' && config !== null ? config : undefined
}

/** The HTTPRoutes that a Rollout splits traffic with. */
export function routesOf(rollout: Rollout): RouteRef[] {
  const config = configOf(rollout)
  if (!config) return []
  const namespace =
    typeof config.namespace === 'string' ? config.namespace : (rollout.metadata.namespace ?? 'default')
  const single =
    typeof config.httpRoute === 'string'
      ? [{ name: config.httpRoute, namespace, field: `${GATEWAY_API_PATH}.httpRoute` }]
      : []
  const many = Array.isArray(config.httpRoutes) ? config.httpRoutes : []
  const named = many.flatMap((route: unknown, index) => {
    const name = typeof route === 'object' && route !== null && 'name' in route ? route.name : undefined
    return typeof name === 'string'
      ? [{ name, namespace, field: `${GATEWAY_API_PATH}.httpRoutes[${index}].name` }]
      : []
  })
  return [...single, ...named]
}

/** Settings of the plugin that are not implemented, by name. */
export const unsupportedSettings = (rollout: Rollout): string[] =>
  Object.keys(configOf(rollout) ?? {}).filter(
    name => !['httpRoute', 'httpRoutes', 'namespace'].includes(name),
  )
