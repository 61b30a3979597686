import { copyJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from '../../kube/kind.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Conversion, Resource } from '../resources/resource.ts'
import type { Shown } from './admission-review.ts'
import type { ServedVersion } from './selection.ts'

/** The other versions and groups in which the objects of a resource are served. */
export function equivalentsOf(registry: ResourceRegistry, kind: Kind): readonly Resource[] {
  const resource = registry.find(kind.group, kind.version, kind.plural)
  return resource
    ? registry.all().filter(other => other.storageName === resource.storageName && other !== resource)
    : []
}

/** The request's objects in the version that a webhook wants to see. Throws ApiError where a webhook that converts does. */
export async function shownAs(
  registry: ResourceRegistry,
  { kind, object, previous }: AdmissionRequest,
  { group, version, plural, kind: shownKind }: ServedVersion | Kind,
): Promise<Shown> {
  const from = registry.find(kind.group, kind.version, kind.plural)
  const to = registry.find(group, version, plural)
  const convert = async (value: KubeObject | undefined): Promise<KubeObject | undefined> => {
    if (!value || !from || !to || from === to) return value
    return served(to.conversion, await keptOf(from.conversion, value))
  }
  const [shown, before] = await Promise.all([convert(object), convert(previous)])
  return { group, version, plural, kind: shownKind, object: shown, previous: before }
}

async function keptOf(conversion: Conversion | undefined, value: KubeObject): Promise<KubeObject> {
  if (!conversion?.remote) return conversion?.toKept(value) ?? value
  // Answers are remembered by object, and admission goes on to change this one in place.
  const asked = copyJson(value)
  await conversion.remote.prepareKept(asked)
  return conversion.toKept(asked)
}

async function served(conversion: Conversion | undefined, kept: KubeObject): Promise<KubeObject> {
  await conversion?.remote?.prepare([kept])
  return conversion?.toServed(kept) ?? kept
}
