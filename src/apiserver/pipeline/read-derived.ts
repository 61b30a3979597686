import { keyOf } from '../../kube/object.ts'
import { notFound } from '../../kube/status.ts'
import type { ApiRequest } from '../request.ts'
import type { Derivation } from '../resources/derived.ts'
import type { Resource } from '../resources/resource.ts'
import { StoredObject } from '../store/stored-object.ts'
import type { Core } from './core.ts'
import type { Outcome } from './outcome.ts'
import { selectionOf } from './selection.ts'
import { namespaceOf } from './target.ts'

/** Reads objects that are made of those of another resource: one by name, or all selected ones, without pages. */
export function readDerived(
  { store }: Core,
  { resource, derived }: { resource: Resource; derived: Derivation },
  request: ApiRequest,
): Outcome {
  const warnings: string[] = []
  if (request.verb === 'get') {
    const { name = '', namespace } = request
    const source = store.get(derived.from, namespaceOf(resource, namespace), name)
    if (!source) throw notFound(derived.fromResource, name)
    const object = derived.derive(source.object)
    if (!object) throw notFound({ group: resource.group, plural: derived.notFoundAs }, keyOf(source.object))
    return { kind: 'stored', code: 200, resource, stored: StoredObject.of(0, object), warnings }
  }
  const items: StoredObject[] = []
  for (const { object } of store.cache(derived.from).select(selectionOf(resource, request))) {
    const made = derived.derive(object)
    if (made) items.push(StoredObject.of(0, made))
  }
  return {
    kind: 'list',
    code: 200,
    resource,
    items,
    revision: undefined,
    continue: undefined,
    remaining: undefined,
    warnings,
  }
}
