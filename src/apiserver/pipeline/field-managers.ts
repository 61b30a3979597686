import { apiVersionOf } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { equalJson } from '../../kube/copy.ts'
import { trackUpdate } from '../../kube/apply/track-update.ts'
import { toTime } from '../../lib/clock.ts'
import type { ApiRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'

/** Who counts as the writer of fields. */
export const managerOf = ({ options, userAgent }: ApiRequest): string =>
  options.fieldManager || userAgent || 'unknown'

/** Top-level fields that a write through a subresource cannot change. */
export function untouchedFields(
  resource: Resource,
  subresource: string | undefined,
  object: object,
): string[] {
  if (subresource === undefined) return resource.behaviour.separatesStatus ? ['status'] : []
  if (subresource !== 'status') return []
  return Object.keys(object).filter(key => !['apiVersion', 'kind', 'metadata', 'status'].includes(key))
}

/** Notes in managedFields which fields this write sets. */
export function track(
  resource: Resource,
  request: ApiRequest,
  write: { live: KubeObject | undefined; updated: KubeObject; now: number },
): void {
  const { live, updated, now } = write
  trackUpdate({
    live,
    updated,
    manager: managerOf(request),
    operation: 'Update',
    schema: resource.schema,
    apiVersion: apiVersionOf(resource),
    time: toTime(now),
    subresource: request.subresource,
    reset: untouchedFields(resource, request.subresource, updated),
  })
}

/** Whether a write changes nothing; times alone in managedFields are no change, as upstream ignores them. */
export function isUnchanged(next: KubeObject, previous: KubeObject): boolean {
  const [now, before] = [next.metadata.managedFields, previous.metadata.managedFields]
  if (!now || !before) return equalJson(next, previous)
  if (now.length !== before.length) return false
  if (!now.every((entry, index) => equalJson({ ...entry, time: '' }, { ...before[index], time: '' })))
    return false
  return equalJson({ ...next, metadata: { ...next.metadata, managedFields: before } }, previous)
}
