import type { ExtensionDiscovery } from './served-versions.ts'
import { isJsonObject, type Json } from '../../kube/schema/schema.ts'

interface GroupVersion {
  group: string
  version: string
}

/** The resources of a group version in an APIGroupDiscoveryList; undefined where it is not in it. */
export function resourcesIn(list: unknown, { group, version }: GroupVersion): readonly unknown[] | undefined {
  const groups = objectsIn(list, 'items').filter(({ metadata }) => nameOf(metadata) === group)
  const found = groups.flatMap(one => objectsIn(one, 'versions')).find(one => one.version === version)
  return found && objectsIn(found, 'resources').map(withResponseKinds)
}

/** Old clients cannot do without. */
function withResponseKinds(resource: Json): Json {
  const filled = (one: Json) => ({ ...one, responseKind: one.responseKind ?? emptyKind })
  if (!Array.isArray(resource.subresources)) return filled(resource)
  return { ...filled(resource), subresources: objectsIn(resource, 'subresources').map(filled) }
}

const emptyKind = { group: '', version: '', kind: '' }

/** The same out of an APIResourceList, which servers without aggregated discovery have for each of their group versions. */
export function discoveryFromResources(
  list: unknown,
  groupVersion: GroupVersion,
): NonNullable<ExtensionDiscovery['resources']> {
  const rows = objectsIn(list, 'resources')
  const kindOf = (row: Json) => ({
    group: row.group || groupVersion.group,
    version: row.version || groupVersion.version,
    kind: row.kind,
  })
  return rows
    .filter(({ name }) => !String(name).includes('/'))
    .map(row => {
      const subresources = rows
        .filter(({ name }) => String(name).startsWith(`${row.name}/`))
        .map(sub => ({
          subresource: String(sub.name).slice(String(row.name).length + 1),
          responseKind: kindOf(sub),
          verbs: sub.verbs,
        }))
      return {
        resource: row.name,
        responseKind: kindOf(row),
        scope: row.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: row.singularName,
        verbs: row.verbs,
        ...(row.shortNames ? { shortNames: row.shortNames } : {}),
        ...(row.categories ? { categories: row.categories } : {}),
        ...(subresources.length > 0 ? { subresources } : {}),
      }
    })
}

function objectsIn(value: unknown, field: string): Json[] {
  const list = isJsonObject(value) ? value[field] : undefined
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

const nameOf = (metadata: unknown): string =>
  isJsonObject(metadata) && typeof metadata.name === 'string' ? metadata.name : ''
