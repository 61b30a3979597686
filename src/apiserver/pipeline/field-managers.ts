import { apiVersionOf, parseApiVersion } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { equalJson, equalJsonBut } from '../../kube/copy.ts'
import { trackUpdate } from '../../kube/apply/track-update.ts'
import type { OtherVersions } from '../../kube/apply/versions.ts'
import { toTime } from '../../lib/clock.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { Core } from './core.ts'

/** Who counts as the writer of fields. */
export const managerOf = ({ options, userAgent }: ApiRequest): string =>
  options.fieldManager || userAgent || 'unknown'

/** Kinds whose metadata is not written, and not owned, with their status, as upstream's strategies have it. */
const statusWithoutMetadata = new Set([
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'apiregistration.k8s.io/apiservices',
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'networking.k8s.io/servicecidrs',
  'resource.k8s.io/resourceclaims',
  'storage.k8s.io/volumeattachments',
])

/** Top-level fields that a write through a subresource cannot change; `objects` are those that it is about. */
export function untouchedFields(
  resource: Resource,
  subresource: string | undefined,
  ...objects: readonly (object | undefined)[]
): string[] {
  if (subresource === undefined) return resource.behaviour.separatesStatus ? ['status'] : []
  if (subresource !== 'status') return []
  const keepsMetadata = !resource.custom && !statusWithoutMetadata.has(`${resource.group}/${resource.plural}`)
  const written = ['apiVersion', 'kind', 'status', ...(keepsMetadata ? ['metadata'] : [])]
  return [...new Set(objects.flatMap(object => Object.keys(object ?? {})))].filter(
    key => !written.includes(key),
  )
}

/** How the owners of an object's fields see it that speak another version of its kind. */
export function otherVersions({ registry }: Pick<Core, 'registry'>, resource: Resource): OtherVersions {
  const served = (apiVersion: string) => {
    const { group, version } = parseApiVersion(apiVersion)
    return registry.find(group, version, resource.plural)
  }
  return apiVersion => {
    const other = served(apiVersion)
    if (other?.storageName !== resource.storageName) return undefined
    // Who has to be asked cannot be asked here: such versions are taken as they are.
    if (other.conversion?.remote) return { schema: resource.schema, convert: object => object }
    return {
      schema: other.schema,
      convert(object) {
        // Objects of the resource, in one of its versions.
        const from = object as KubeObject
        const kept = served(from.apiVersion)?.conversion?.toKept(from) ?? from
        return other.conversion?.toServed(kept) ?? kept
      },
    }
  }
}

/** Notes in managedFields which fields this write sets. */
export function track(
  resource: Resource,
  request: ApiRequest,
  write: { live: KubeObject | undefined; updated: KubeObject; core: Pick<Core, 'clock' | 'registry'> },
): void {
  const { live, updated, core } = write
  trackUpdate({
    live,
    updated,
    manager: managerOf(request),
    operation: 'Update',
    schema: resource.schema,
    apiVersion: apiVersionOf(resource),
    time: toTime(core.clock.now()),
    subresource: request.subresource,
    reset: untouchedFields(resource, request.subresource, updated, live),
    versions: otherVersions(core, resource),
  })
}

/** Whether a write changes nothing; times alone in managedFields are no change, as upstream ignores them. */
export function isUnchanged(next: KubeObject, previous: KubeObject): boolean {
  const [now, before] = [next.metadata.managedFields, previous.metadata.managedFields]
  if (!now || !before) return equalJson(next, previous)
  if (now.length !== before.length) return false
  if (!now.every((entry, index) => equalJsonBut(entry, before[index] ?? {}, ['time']))) return false
  return (
    equalJsonBut(next.metadata, previous.metadata, ['managedFields']) &&
    equalJsonBut(next, previous, ['metadata'])
  )
}
