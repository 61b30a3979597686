import type { KubeObject } from '../../kube/object.ts'

/** Fields of core/v1 Event, and what events.k8s.io/v1 calls them. All others have one name. */
const names: readonly (readonly [core: string, event: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
]
const toCore = new Map(names.map(([core, event]) => [event, core]))
const toEvent = new Map(names)

const renamed = (object: KubeObject, map: ReadonlyMap<string, string>, apiVersion: string): KubeObject => {
  const entries = Object.entries(object).map(([key, value]) => [map.get(key) ?? key, value])
  // The fields are those of an Event, under their other names.
  return { ...Object.fromEntries(entries), apiVersion } as KubeObject
}

/** core/v1 Event to events.k8s.io/v1 Event. */
export const coreToEvent = (kept: KubeObject): KubeObject => renamed(kept, toEvent, 'events.k8s.io/v1')

/** events.k8s.io/v1 Event to core/v1 Event. */
export const eventToCore = (served: KubeObject): KubeObject => renamed(served, toCore, 'v1')
