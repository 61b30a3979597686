import { type Signal, signal } from '@preact/signals'
import type { Kind } from '../../../kube/kind.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { RequestError, send } from './session.ts'
import { followChanges, type WatchEvent } from './shared-watch.ts'

/** One kind's objects, kept up to date by a watch. */
export interface Live<T> {
  /** Objects by `namespace/name`; a new Map at each change. */
  objects: Signal<ReadonlyMap<string, T>>
  /** `loading` until the first list; `error` holds the last failure while it is retried. */
  state: Signal<'loading' | 'live' | 'error'>
  error: Signal<string | undefined>
}

const RETRY_MS = 1000
/** Between the end of a watch and the next list, so that a watch that cannot start does not spin. */
const RELIST_MS = 250
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
/** Ended so long after the last page that used it is gone, so that going back is instant. */
const LINGER_MS = 5000

interface Entry {
  live: Live<KubeObject>
  users: number
  stop: AbortController
  timer: ReturnType<typeof setTimeout> | undefined
}

const entries = new Map<string, Entry>()

/** Collections are named by their path: `/api/v1/pods`, `/apis/apps/v1/deployments`. */
export const collectionPath = (kind: Pick<Kind, 'group' | 'version' | 'plural'>): string =>
  kind.group === ''
    ? `/api/${kind.version}/${kind.plural}`
    : `/apis/${kind.group}/${kind.version}/${kind.plural}`

export const objectPath = (
  kind: Pick<Kind, 'group' | 'version' | 'plural'>,
  namespace: string | undefined,
  name: string,
): string => {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${kind.plural}/${name}`
}

/** Takes part in the shared live copy of a kind; call `release` when the page goes. */
export function subscribe<T extends KubeObject>(kind: Kind<T>): { live: Live<T>; release: () => void } {
  const path = collectionPath(kind)
  let entry = entries.get(path)
  if (!entry) {
    entry = {
      live: { objects: signal(new Map()), state: signal('loading'), error: signal(undefined) },
      users: 0,
      stop: new AbortController(),
      timer: undefined,
    }
    entries.set(path, entry)
    void follow(path, entry)
  }
  const used = entry
  used.users++
  clearTimeout(used.timer)
  return {
    // The collection at `path` holds objects of the kind.
    live: used.live as unknown as Live<T>,
    release() {
      used.users--
      if (used.users > 0) return
      used.timer = setTimeout(() => {
        used.stop.abort()
        entries.delete(path)
      }, LINGER_MS)
    },
  }
}

/** Lists, then takes part in the shared watch; lists again whenever that cannot go on from where it was. */
async function follow(path: string, entry: Entry): Promise<void> {
  const { live, stop } = entry
  while (!stop.signal.aborted) {
    try {
      const response = await send(path, { signal: stop.signal })
      const list = (await response.json()) as ObjectList
      const itemKind = list.kind.replace(/List$/, '')
      live.objects.value = new Map(
        list.items.map(item => [keyOf(item), { ...item, apiVersion: list.apiVersion, kind: itemKind }]),
      )
      live.state.value = 'live'
      live.error.value = undefined
      await followChanges(path, list.metadata.resourceVersion, {
        signal: stop.signal,
        onEvent: batched(live),
      })
      await pause(RELIST_MS)
    } catch (error) {
      if (stop.signal.aborted) return
      live.state.value = 'error'
      live.error.value = (error as Error).message
      if (error instanceof RequestError && error.code === 401) return
      await pause(RETRY_MS)
    }
  }
}

interface ObjectList {
  apiVersion: string
  kind: string
  items: KubeObject[]
  metadata: { resourceVersion: string }
}

/** Applies events in one batch a frame, so that a burst draws once. */
function batched(live: Live<KubeObject>): (event: WatchEvent) => void {
  let pending: WatchEvent[] = []
  const apply = () => {
    const next = new Map(live.objects.value)
    for (const { type, object } of pending)
      if (type === 'DELETED') next.delete(keyOf(object))
      else next.set(keyOf(object), object)
    pending = []
    live.objects.value = next
  }
  return event => {
    if (pending.push(event) === 1) requestAnimationFrame(apply)
  }
}
