import { apiError } from '../../kube/status.ts'
import type { WatchRequest } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { Selection, Watcher, WatcherEvent } from '../store/watcher.ts'
import type { Core } from './core.ts'
import { parseRevision, tooLarge, tooOld } from './resource-version.ts'
import { selectionOf } from './selection.ts'

/** About how often a watch that allows bookmarks is told its position. */
const BOOKMARK_PERIOD_MS = 60_000

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
  const revision = parseRevision(options.resourceVersion)
  checkMatch(request)
  const current = core.store.revision
  if (revision !== undefined && revision > current) throw tooLarge(revision, current)
  const startsWithState = options.sendInitialEvents ?? (revision === undefined || revision === 0)
  if (
    !startsWithState &&
    revision !== undefined &&
    revision !== 0 &&
    revision < current &&
    revision < cache.floor
  )
    throw tooOld(revision, cache.floor)
  const state = startsWithState ? [...cache.select(selection)] : []
  const from = startsWithState || revision === undefined || revision === 0 ? current : revision
  const watcher = core.store.watch(resource.storageName, selection, from)
  return follow({ core, request, selection, watcher, signal, state, current })
}

function checkMatch({ options }: WatchRequest): void {
  const { sendInitialEvents, resourceVersionMatch: match } = options
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    throw apiError(
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    )
  if (sendInitialEvents === undefined && match)
    throw apiError(
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    )
}

interface Following {
  core: Core
  request: WatchRequest
  selection: Selection
  watcher: Watcher
  signal: AbortSignal
  state: readonly StoredObject[]
  current: number
}

async function* follow(following: Following): AsyncGenerator<readonly WatcherEvent[]> {
  const { core, request, watcher, signal, state, current } = following
  const { allowWatchBookmarks, sendInitialEvents, timeoutSeconds } = request.options
  const end = () => watcher.end()
  const bookmark = () =>
    watcher.push({ type: 'BOOKMARK', revision: core.store.revision, initialEventsEnd: false })
  const timers = [
    ...(allowWatchBookmarks ? [core.clock.every(BOOKMARK_PERIOD_MS, bookmark)] : []),
    ...(timeoutSeconds ? [core.clock.after(timeoutSeconds * 1000, end)] : []),
  ]
  signal.addEventListener('abort', end, { once: true })
  try {
    if (signal.aborted) return
    if (state.length > 0) yield state.map(stored => ({ type: 'ADDED' as const, stored }))
    if (sendInitialEvents && allowWatchBookmarks)
      yield [{ type: 'BOOKMARK', revision: current, initialEventsEnd: true }]
    for (let events = await watcher.take(); events; events = await watcher.take()) yield events
  } finally {
    signal.removeEventListener('abort', end)
    for (const timer of timers) timer[Symbol.dispose]()
    watcher[Symbol.dispose]()
  }
}
