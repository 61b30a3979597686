import type { ResourceRegistry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import { apiServiceName } from './api-service-name.ts'
import type { ApiServices } from './api-services.ts'
import { builtinPriority, CUSTOM, type Priority, priorityOf } from './priorities.ts'

/** What an extension server says of a group version: `apidiscovery.k8s.io` APIVersionDiscovery. */
export interface ExtensionDiscovery {
  /** Stale: it could not be asked lately. */
  freshness: 'Current' | 'Stale'
  resources: readonly unknown[] | undefined
}

/** One version of one group, and who serves it. */
export interface ServedVersion {
  group: string
  version: string
  priority: Priority
  /** What this server serves of it. */
  local: readonly Resource[]
  /** Set where an extension server serves it instead. */
  extension: ExtensionDiscovery | undefined
}

/** All that is served, by this server and by extension servers, in no order. */
export function servedVersions(
  registry: ResourceRegistry,
  apiServices: ApiServices,
  discoveryOf: (name: string) => ExtensionDiscovery,
): ServedVersion[] {
  const locals = new Map<string, Resource[]>()
  for (const resource of registry.all()) {
    const name = apiServiceName(resource.group, resource.version)
    const known = locals.get(name)
    if (known) known.push(resource)
    else if (!apiServices.extension(name)) locals.set(name, [resource])
  }
  const here = [...locals].flatMap(([name, local]): ServedVersion[] => {
    const [first] = local
    if (!first) return []
    const { group, version } = first
    const apiService = apiServices.get(name)
    const priority = apiService ? priorityOf(apiService) : (builtinPriority(group, version) ?? CUSTOM)
    return [{ group, version, priority, local, extension: undefined }]
  })
  const elsewhere = [...apiServices.extensions()].map((apiService): ServedVersion => {
    const { group, version } = apiService.spec
    const extension = discoveryOf(apiService.metadata.name)
    return { group, version, priority: priorityOf(apiService), local: [], extension }
  })
  return [...here, ...elsewhere]
}
