import type { Client } from '../../kernel/client.ts'
import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import type { Kind } from '../../kube/kind.ts'
import { builtinResources } from '../../kube/resources.ts'

/** Stored twice under one identity: core/v1 Events, which are left to age, and views of other objects. */
const SKIPPED = new Set(['events', 'events.events.k8s.io', 'componentstatuses', 'bindings'])

const identity = (kind: Kind): string => `${kind.plural}.${kind.group}`

/** `v1` before `v2beta1` before `v1alpha1`; the API has every object in all of its versions. */
function stability(version: string): number {
  if (version.includes('alpha')) return 0
  if (version.includes('beta')) return 1
  return 2
}

/** One version of every built-in resource that can be listed, watched and deleted. */
export function builtinKinds(): Kind[] {
  const kinds = new Map<string, Kind>()
  for (const resource of builtinResources()) {
    if (!['list', 'watch', 'delete'].every(verb => resource.verbs.includes(verb))) continue
    if (SKIPPED.has(resource.group ? identity(resource) : resource.plural)) continue
    const known = kinds.get(identity(resource))
    if (known && stability(known.version) >= stability(resource.version)) continue
    const { group, version, kind, plural, namespaced } = resource
    kinds.set(identity(resource), { group, version, kind, plural, namespaced })
  }
  return [...kinds.values()]
}

/** The built-in kinds that this API serves: a remote cluster may be older, or leave some out. */
export async function servedKinds(client: Client): Promise<Kind[]> {
  const kinds = await Promise.all(
    builtinKinds().map(kind =>
      client.resolve(kind.group ? `${kind.group}/${kind.version}` : kind.version, kind.kind),
    ),
  )
  return kinds.filter(kind => kind !== undefined)
}

/** The kind that an established CustomResourceDefinition serves, in its storage version if that is served. */
export function customKind({ spec, status, metadata }: CustomResourceDefinition): Kind | undefined {
  const isEstablished = status?.conditions?.some(
    ({ type, status }) => type === 'Established' && status === 'True',
  )
  if (!isEstablished || metadata.deletionTimestamp) return undefined
  const served = spec.versions.filter(version => version.served)
  const version = served.find(candidate => candidate.storage) ?? served[0]
  if (!version) return undefined
  const { plural, kind } = spec.names
  return { group: spec.group, version: version.name, kind, plural, namespaced: spec.scope === 'Namespaced' }
}
