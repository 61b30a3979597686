import type { KubeObject } from '../../kube/object.ts'
import { deepFreeze, type StoredObject } from '../store/stored-object.ts'
import type { Resource } from './resource.ts'

interface Served {
  object: KubeObject
  text: string | undefined
}

/** What conversion made of stored objects, by the version they were asked for in: forgotten with the definition of that. */
const converted = new WeakMap<StoredObject, WeakMap<Resource, Served>>()

function servedOf(resource: Resource, stored: StoredObject): Served | undefined {
  if (!resource.conversion) return undefined
  const known = converted.get(stored)?.get(resource)
  if (known) return known
  const object = deepFreeze(resource.conversion.toServed(stored.object))
  const served = { object, text: object === stored.object ? stored.text : undefined }
  const versions = converted.get(stored) ?? new WeakMap<Resource, Served>()
  converted.set(stored, versions.set(resource, served))
  return served
}

/** The stored object in the version of the resource it is asked for through. Frozen. */
export const objectAs = (resource: Resource, stored: StoredObject): KubeObject =>
  servedOf(resource, stored)?.object ?? stored.object

/** The same as JSON text. */
export function textAs(resource: Resource, stored: StoredObject): string {
  const served = servedOf(resource, stored)
  if (!served) return stored.text
  served.text ??= JSON.stringify(served.object)
  return served.text
}
