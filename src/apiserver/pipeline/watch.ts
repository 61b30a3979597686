import type { WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { Watcher, WatcherEvent } from '../store/watcher.ts'
import type { Core } from './core.ts'
import { beginsWithState, checkWatchOptions } from './list-options.ts'
import { parseRevision, tooLarge, tooOld } from './resource-version.ts'
import { selectionOf } from './selection.ts'

/** About how often a watch that allows bookmarks is told its position. */
const BOOKMARK_PERIOD_MS = 60_000
/** How long before its end a watch is told its position once more, so that it can go on from there. */
const LAST_BOOKMARK_MS = 2_000

/**
 * Opens a watch: throws at once when it cannot begin, and yields batches of events until the signal aborts,
 * the requested time is over, or the resource goes away.
 */
export function watch(
  core: Core,
  resource: Resource,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly WatcherEvent[]> {
  const { options } = request
  const selection = selectionOf(resource, request)
  const cache = core.store.cache(resource.storageName)
  checkWatchOptions(options)
  const revision = parseRevision(options.resourceVersion) ?? 0
  const current = core.store.revision
  const startsWithState = beginsWithState(options)
  // A watch alone waits for what is to come; a state of that time cannot be shown.
  if (startsWithState && revision > current) throw tooLarge(revision, current)
  if (!startsWithState && revision !== 0 && revision < current && revision < cache.floor)
    throw tooOld(revision, cache.floor)
  const state = startsWithState ? [...cache.select(selection)] : []
  const from = startsWithState || revision === 0 ? current : revision
  const watcher = core.store.watch(resource.storageName, selection, from)
  const end = () => watcher.end()
  // From now on, since a client may go before anybody reads the first event.
  signal.addEventListener('abort', end, { once: true })
  const events = follow({ core, request, watcher, signal, end, state, current })
  return resource.conversion?.remote ? converted(resource, events) : events
}

/** Each batch waits until its objects are converted. */
async function* converted(
  { conversion }: Resource,
  batches: AsyncGenerator<readonly WatcherEvent[]>,
): AsyncGenerator<readonly WatcherEvent[]> {
  for await (const events of batches) {
    await conversion?.remote?.prepare(
      events.flatMap(event => (event.type === 'BOOKMARK' ? [] : [event.stored.object])),
    )
    yield events
  }
}

interface Following {
  core: Core
  request: WatchRequest
  watcher: Watcher
  signal: AbortSignal
  /** Ends the watcher; called when the signal aborts. */
  end: () => void
  state: readonly StoredObject[]
  current: number
}

async function* follow(following: Following): AsyncGenerator<readonly WatcherEvent[]> {
  const { core, request, watcher, signal, end, current } = following
  const { allowWatchBookmarks, sendInitialEvents, timeoutSeconds } = request.options
  const bookmark = () =>
    watcher.push({ type: 'BOOKMARK', revision: core.store.revision, initialEventsEnd: false })
  const timers = [
    ...(allowWatchBookmarks ? [core.clock.every(BOOKMARK_PERIOD_MS, bookmark)] : []),
    ...(allowWatchBookmarks && timeoutSeconds && timeoutSeconds * 1000 > LAST_BOOKMARK_MS
      ? [core.clock.after(timeoutSeconds * 1000 - LAST_BOOKMARK_MS, bookmark)]
      : []),
    ...(timeoutSeconds ? [core.clock.after(timeoutSeconds * 1000, end)] : []),
  ]
  try {
    if (signal.aborted) return
    if (following.state.length > 0) yield takeState(following)
    if (sendInitialEvents && allowWatchBookmarks)
      yield [{ type: 'BOOKMARK', revision: current, initialEventsEnd: true }]
    for (let events = await watcher.take(); events; events = await watcher.take()) yield events
  } finally {
    signal.removeEventListener('abort', end)
    for (const timer of timers) timer[Symbol.dispose]()
    watcher[Symbol.dispose]()
  }
}

/** What a watch begins with, which it does not hold on to: it lasts longer than that is current. */
function takeState(following: Following): WatcherEvent[] {
  const { state } = following
  following.state = []
  return state.map(stored => ({ type: 'ADDED', stored }))
}
