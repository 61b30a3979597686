import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from '../../kube/kind.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'
import type { Shown } from './admission-review.ts'
import type { ServedVersion } from './selection.ts'

/** The other versions and groups in which the objects of a resource are served. */
export function equivalentsOf(registry: ResourceRegistry, kind: Kind): readonly Resource[] {
  const resource = registry.find(kind.group, kind.version, kind.plural)
  return resource
    ? registry.all().filter(other => other.storageName === resource.storageName && other !== resource)
    : []
}

/** The request's objects in the version that a webhook wants to see. */
export function shownAs(
  registry: ResourceRegistry,
  { kind, object, previous }: AdmissionRequest,
  { group, version, plural, kind: shownKind }: ServedVersion | Kind,
): Shown {
  const from = registry.find(kind.group, kind.version, kind.plural)
  const to = registry.find(group, version, plural)
  const convert = (value: KubeObject | undefined): KubeObject | undefined => {
    if (!value || !from || !to || from === to) return value
    const kept = from.conversion?.toKept(value) ?? value
    return to.conversion?.toServed(kept) ?? kept
  }
  return { group, version, plural, kind: shownKind, object: convert(object), previous: convert(previous) }
}
