import type { HTTPRoute } from '../kinds/generated/http-route.ts'

/** The index of HTTPRoutes by the Services they name. */
export const BY_BACKEND = 'gateway/backend'

/** `namespace/name` of every Service that a route names. */
export const backendKeys = (route: HTTPRoute): string[] =>
  (route.spec.rules ?? []).flatMap(rule =>
    (rule.backendRefs ?? []).map(ref => `${ref.namespace ?? route.metadata.namespace}/${ref.name}`),
  )
