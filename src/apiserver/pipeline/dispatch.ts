import { notFound } from '../../kube/status.ts'
import { COMPONENT_STATUSES, readComponentStatuses } from '../components/component-statuses.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { bindByName } from '../subresources/binding.ts'
import { isReview, review } from '../subresources/reviews.ts'
import { subresourceHandler } from '../subresources/table.ts'
import type { Core } from './core.ts'
import { create } from './create.ts'
import { requireShape } from './decode.ts'
import { deleteObject } from './delete.ts'
import { deleteCollection } from './delete-collection.ts'
import { list } from './list.ts'
import type { Outcome } from './outcome.ts'
import { patch } from './patch.ts'
import { readDerived } from './read-derived.ts'
import { parseRevision, tooLarge } from './resource-version.ts'
import { namespaceOf, requireVerb, resourceFor } from './target.ts'
import { update } from './update.ts'

/** Answers a request that is not a watch. Failures are ApiError. */
export async function dispatch(core: Core, request: ApiRequest): Promise<Outcome> {
  const outcome = await handle(core, request)
  if (outcome.kind === 'plain' || !outcome.resource.conversion?.remote) return outcome
  const stored = outcome.kind === 'list' ? outcome.items : [outcome.stored]
  await outcome.resource.conversion.remote.prepare(stored.map(({ object }) => object))
  return outcome
}

async function handle(core: Core, request: ApiRequest): Promise<Outcome> {
  // Other servers may have changed what this one has not seen yet, also which resources there are.
  const newest = needsNewest(core, request) ? core.store.catchUp() : undefined
  if (newest) await newest
  const resource = resourceFor(core, request)
  requireVerb(resource, request.verb, request.subresource)
  const { derived } = resource
  if (resource.storageName === COMPONENT_STATUSES) return readComponentStatuses(core, resource, request)
  if (derived) return readDerived(core, { resource, derived }, request)
  const special = request.subresource ? subresourceHandler(resource, request.subresource) : undefined
  if (special) {
    const kind = resource.subresources[request.subresource ?? '']
    if (kind && request.verb !== 'patch') requireShape(kind, request.body)
    return special(core, resource, request)
  }
  switch (request.verb) {
    case 'get':
      return get(core, resource, request)
    case 'list':
      return list(core, resource, request)
    case 'create':
      if (isReview(resource) || isBinding(resource)) requireShape(resource, request.body)
      if (isReview(resource)) return review(core, resource, request)
      if (isBinding(resource)) return bindByName(core, request)
      return create(core, resource, request)
    case 'update':
      return update(core, resource, request)
    case 'patch':
      return patch(core, resource, request)
    case 'delete':
      return deleteObject(core, resource, request)
    case 'deletecollection':
      return deleteCollection(core, resource, request)
  }
}

const isBinding = ({ storageName }: Resource) => storageName === '/bindings'

/** Reads that name a resourceVersion are content with what is known here, where that is as new (API concepts). */
function needsNewest({ store }: Core, { verb, options }: ApiRequest): boolean {
  if (verb !== 'get' && verb !== 'list') return true
  if (options.continue) return false
  return !options.resourceVersion || Number(options.resourceVersion) > store.revision
}

function get(core: Core, resource: Resource, request: ApiRequest): Outcome {
  const { name = '' } = request
  const revision = parseRevision(request.options.resourceVersion) ?? 0
  if (revision > core.store.revision) throw tooLarge(revision, core.store.revision)
  const stored = core.store.get(resource.storageName, namespaceOf(resource, request.namespace), name)
  if (!stored) throw notFound(resource, name)
  return { kind: 'stored', code: 200, resource, stored, warnings: [] }
}
