import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { WatcherEvent } from '../store/watcher.ts'

type Change = Exclude<WatcherEvent, { type: 'BOOKMARK' }>

interface Line {
  stored: StoredObject
  type: Change['type']
  resource: Resource
  bytes: Buffer
}

/** Only the latest are worth their memory: all watches of an event are served in one turn. */
const KEPT = 32
const recent: Line[] = []
let next = 0

/** The bytes of an event's line, made once for all watches that show it in the same form. */
export function sharedLine(resource: Resource, event: Change, lineOf: (event: Change) => string): Buffer {
  const { stored, type } = event
  const known = recent.find(
    line => line.stored === stored && line.type === type && line.resource === resource,
  )
  if (known) return known.bytes
  const line = { stored, type, resource, bytes: Buffer.from(lineOf(event)) }
  recent[next] = line
  next = (next + 1) % KEPT
  return line.bytes
}
