import { apiVersionOf } from '../../kube/kind.ts'
import type { Resource } from '../resources/resource.ts'

/** Built-in kinds that upstream has given up for others. */
const builtin: Readonly<Record<string, string>> = {
  'v1 Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

/** The warnings that every request for a deprecated version gets. */
export function deprecations(resource: Resource): readonly string[] {
  const name = `${apiVersionOf(resource)} ${resource.kind}`
  if (!resource.custom) return builtin[name] ? [builtin[name]] : []
  const { deprecated, deprecationWarning } = resource.custom.version
  return deprecated ? [deprecationWarning ?? `${name} is deprecated`] : []
}
