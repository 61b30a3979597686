import type { KubeObject } from '../../kube/object.ts'
import { conflict } from '../../kube/status.ts'
import type { RequestOptions } from '../request.ts'

/** Refuses the deletion of another object than was meant, or of another state of it. Upstream names the kind here. */
export function requireDeletionPreconditions(
  { group, kind }: { group: string; kind: string },
  { metadata }: KubeObject,
  { preconditions = {} }: RequestOptions,
): void {
  const { uid, resourceVersion } = preconditions
  const named = { group, plural: kind }
  if (uid && uid !== metadata.uid)
    throw conflict(
      named,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      named,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
}
