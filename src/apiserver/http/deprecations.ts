import { apiVersionOf } from '../../kube/kind.ts'
import type { CustomResource, Resource } from '../resources/resource.ts'
import { compareVersions } from './discovery-order.ts'

/** Built-in kinds that upstream has given up for others. */
const builtin: Readonly<Record<string, string>> = {
  'v1 ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
  'v1 Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

/** The warnings that every request for a deprecated version gets. */
export function deprecations(resource: Resource): readonly string[] {
  const name = `${apiVersionOf(resource)} ${resource.kind}`
  if (!resource.custom) return builtin[name] ? [builtin[name]] : []
  const { deprecated, deprecationWarning } = resource.custom.version
  return deprecated
    ? [deprecationWarning ?? `${name} is deprecated${instead(resource, resource.custom)}`]
    : []
}

/** The newest version that is to be used in its place, if there is a newer one. */
function instead({ group, version, kind }: Resource, { definition }: CustomResource): string {
  const [newest] = definition.spec.versions
    .filter(({ served, deprecated, name }) => served && !deprecated && compareVersions(name, version) < 0)
    .sort((a, b) => compareVersions(a.name, b.name))
  return newest ? `; use ${group}/${newest.name} ${kind}` : ''
}
