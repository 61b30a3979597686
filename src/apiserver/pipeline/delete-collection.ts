import { isNotFound } from '../../kube/status.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { Core } from './core.ts'
import { deleteObject } from './delete.ts'
import { list } from './list.ts'
import type { Outcome } from './outcome.ts'

/** Deletes what a list with the same options shows; answers with that list. */
export async function deleteCollection(
  core: Core,
  resource: Resource,
  request: ApiRequest,
): Promise<Outcome> {
  const found = list(core, resource, request)
  if (found.kind !== 'list') return found
  await Promise.all(
    found.items.map(async ({ namespace, name }) => {
      try {
        await deleteObject(core, resource, { ...request, verb: 'delete', namespace, name })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }),
  )
  return found
}
