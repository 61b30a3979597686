import { apiVersionOf } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { ApiResponse, ApiWatchEvent } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs } from '../resources/served.ts'
import { deepFreeze } from '../store/stored-object.ts'
import type { WatcherEvent } from '../store/watcher.ts'
import type { Outcome } from './outcome.ts'

/** The outcome as values, for callers in this process. */
export function responseOf(outcome: Outcome): ApiResponse {
  const { code, warnings } = outcome
  switch (outcome.kind) {
    case 'stored':
      return { code, warnings, body: objectAs(outcome.resource, outcome.stored) }
    case 'plain':
      // Whatever it is (a Status, a review), it has a kind, and callers know which.
      return { code, warnings, body: deepFreeze(outcome.object) as KubeObject }
    case 'list':
      return {
        code,
        warnings,
        body: {
          kind: outcome.resource.listKind,
          apiVersion: apiVersionOf(outcome.resource),
          metadata: listMetadata(outcome),
          items: outcome.items.map(stored => objectAs(outcome.resource, stored)),
        },
      }
  }
}

export function listMetadata(list: Extract<Outcome, { kind: 'list' }>) {
  return {
    ...(list.revision === undefined ? {} : { resourceVersion: String(list.revision) }),
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remaining === undefined ? {} : { remainingItemCount: list.remaining }),
  }
}

export function eventOf(resource: Resource, event: WatcherEvent): ApiWatchEvent {
  if (event.type === 'BOOKMARK') return { type: 'BOOKMARK', object: bookmarkOf(resource, event) }
  return { type: event.type, object: objectAs(resource, event.stored) }
}

/** A bookmark is an object of the kind that has nothing but a resourceVersion. */
export function bookmarkOf(
  resource: Resource,
  bookmark: { revision: number; initialEventsEnd: boolean },
): KubeObject {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(bookmark.revision),
      ...(bookmark.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
    // It stands for no object, so it has neither name nor uid.
  } as unknown as KubeObject
}
