import { copyJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Kind } from '../../kube/kind.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import type { AdmissionRequest } from '../admission.ts'
import { decode } from '../pipeline/decode.ts'
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

/**
 * What was patched in the version that somebody was shown, pruned and defaulted again, in the version of the request.
 * Throws ApiError: what does not fit its kind, and with `Strict` also what has unknown fields; Error: what is no object.
 */
export async function patchedAs(
  registry: ResourceRegistry,
  { request, version, patched, fieldValidation = 'Ignore' }: Patched,
): Promise<KubeObject> {
  const { kind } = request
  // Options of a connection are no object that is kept.
  if (request.operation === 'CONNECT' && isJsonObject(patched)) return patched
  if (!isJsonObject(patched) || !isJsonObject(patched.metadata)) throw new Error('it leaves no object')
  const resource = registry.find(version.group, version.version, version.plural)
  if (resource) decode(resource, patched, { options: { fieldValidation } })
  // Conversion goes by group, version and plural, which both have.
  const asked = { ...request, kind: version as typeof kind, object: patched, previous: undefined }
  return (await shownAs(registry, asked, kind)).object ?? patched
}

interface Patched {
  readonly request: AdmissionRequest
  readonly version: ServedVersion
  readonly patched: KubeObject
  readonly fieldValidation?: 'Ignore' | 'Strict'
}

/** Plugins and pipeline hold on to the object of a request, so that its content is exchanged and not the object. */
export function replaceContent(object: KubeObject, content: KubeObject): void {
  for (const key of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[key]
  Object.assign(object, content)
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
