import type { KubeObject } from '../../../kube/object.ts'
import { linesOf } from './lines.ts'
import { send } from './session.ts'

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: KubeObject
}

interface Follower {
  /** The newest resourceVersion seen. */
  position: string
  onEvent: (event: WatchEvent) => void
  /** Ends `followChanges`: the list must be read again. */
  end: () => void
}

/** Waits for further followers before the stream is opened anew, since a page starts several at once. */
const GATHER_MS = 30
const RETRY_MS = 1000

const followers = new Map<string, Follower>()
let stream: AbortController | undefined
let gathering: ReturnType<typeof setTimeout> | undefined

/**
 * Follows one collection from a position on, over the one connection that all of them share (a browser opens six to a
 * server at most). Resolves when the signal aborts or the position is no longer known and the list must be read again.
 */
export function followChanges(
  path: string,
  position: string,
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: WatchEvent) => void },
): Promise<void> {
  return new Promise(resolve => {
    const leave = () => {
      if (followers.get(path) === follower) followers.delete(path)
      signal.removeEventListener('abort', leave)
      reopen(GATHER_MS)
      resolve()
    }
    const follower: Follower = { position, onEvent, end: leave }
    followers.set(path, follower)
    signal.addEventListener('abort', leave, { once: true })
    reopen(GATHER_MS)
  })
}

function reopen(afterMs: number): void {
  clearTimeout(gathering)
  gathering = setTimeout(() => {
    stream?.abort()
    stream = undefined
    if (followers.size === 0) return
    stream = new AbortController()
    void read(stream.signal)
  }, afterMs)
}

async function read(signal: AbortSignal): Promise<void> {
  try {
    const query = new URLSearchParams(
      [...followers].map(([path, { position }]) => ['c', `${path}@${position}`]),
    )
    const response = await send(`/-/watch?${query}`, { signal })
    for await (const line of linesOf(response, signal)) {
      const space = line.indexOf(' ')
      take(line.slice(0, space), line.slice(space + 1))
    }
  } catch {
    // The stack may be restarting: the lists that fail then say so on the page.
  }
  if (!signal.aborted) {
    for (const follower of [...followers.values()]) follower.end()
    reopen(RETRY_MS)
  }
}

function take(path: string, text: string): void {
  const follower = followers.get(path)
  if (!follower) return
  const event = JSON.parse(text) as { type: string; object: KubeObject }
  switch (event.type) {
    case 'ENDED':
    case 'ERROR':
      follower.end()
      return
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      follower.position = event.object.metadata.resourceVersion
      follower.onEvent({ type: event.type, object: event.object })
      return
    default:
      follower.position = event.object.metadata.resourceVersion
  }
}
