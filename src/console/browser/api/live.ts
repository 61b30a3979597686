import { type Signal, signal } from '@preact/signals'
import type { Kind } from '../../../kube/kind.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { watchedNamespaces } from './namespaces.ts'
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
/** Who may not read something now will seldom be allowed a second later. */
const FORBIDDEN_RETRY_MS = 10_000
/** Between the end of a watch and the next list, so that a watch that cannot start does not spin. */
const RELIST_MS = 250
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
/** Ended so long after the last page that used it is gone, so that going back is instant. */
const LINGER_MS = 5000

/** What one list and watch bring: all of a kind, or those of one namespace. */
interface Part {
  objects: ReadonlyMap<string, KubeObject>
  isListed: boolean
  error: RequestError | Error | undefined
}

interface Entry {
  live: Live<KubeObject>
  parts: Map<string, Part>
  users: number
  stop: AbortController
  timer: ReturnType<typeof setTimeout> | undefined
}

const entries = new Map<string, Entry>()

/** Collections are named by their path: `/api/v1/pods`, `/apis/apps/v1/deployments`. */
export const collectionPath = (
  kind: Pick<Kind, 'group' | 'version' | 'plural'>,
  namespace?: string | undefined,
): string => {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${kind.plural}`
}

export const objectPath = (
  kind: Pick<Kind, 'group' | 'version' | 'plural'>,
  namespace: string | undefined,
  name: string,
): string => `${collectionPath(kind, namespace)}/${name}`

/** Takes part in the shared live copy of a kind; call `release` when the page goes. */
export function subscribe<T extends KubeObject>(kind: Kind<T>): { live: Live<T>; release: () => void } {
  const path = collectionPath(kind)
  let entry = entries.get(path)
  if (!entry) {
    entry = {
      live: { objects: signal(new Map()), state: signal('loading'), error: signal(undefined) },
      parts: new Map(),
      users: 0,
      stop: new AbortController(),
      timer: undefined,
    }
    entries.set(path, entry)
    void followAll(kind, entry)
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

async function followAll(kind: Kind, entry: Entry): Promise<void> {
  const namespaces = kind.namespaced ? await watchedNamespaces() : undefined
  const paths = (namespaces ?? [undefined]).map(namespace => collectionPath(kind, namespace))
  for (const path of paths) entry.parts.set(path, { objects: new Map(), isListed: false, error: undefined })
  for (const path of paths) void follow(path, entry)
}

/** Lists, then takes part in the shared watch; lists again whenever that cannot go on from where it was. */
async function follow(path: string, entry: Entry): Promise<void> {
  const { stop } = entry
  while (!stop.signal.aborted) {
    try {
      const response = await send(path, { signal: stop.signal })
      const list = (await response.json()) as ObjectList
      const itemKind = list.kind.replace(/List$/, '')
      const objects = new Map(
        list.items.map(item => [keyOf(item), { ...item, apiVersion: list.apiVersion, kind: itemKind }]),
      )
      change(entry, path, { objects, isListed: true, error: undefined })
      await followChanges(path, list.metadata.resourceVersion, {
        signal: stop.signal,
        onEvent: batched(entry, path),
      })
      await pause(RELIST_MS)
    } catch (error) {
      if (stop.signal.aborted) return
      change(entry, path, { error: error as Error })
      if (error instanceof RequestError && error.code === 401) return
      await pause(error instanceof RequestError && error.code === 403 ? FORBIDDEN_RETRY_MS : RETRY_MS)
    }
  }
}

/** Shows what all parts have. A namespace that may not be read is left out where another one may. */
function change({ live, parts }: Entry, path: string, news: Partial<Part>): void {
  const former = parts.get(path)
  if (!former) return
  parts.set(path, { ...former, ...news })
  const all = [...parts.values()]
  const open = all.filter(({ error }) => !(error instanceof RequestError && error.code === 403))
  const counted = open.length > 0 ? open : all
  live.objects.value =
    counted.length === 1
      ? (counted[0]?.objects ?? new Map())
      : new Map(counted.flatMap(({ objects }) => [...objects]))
  const error = counted.find(part => part.error)?.error
  live.error.value = error?.message
  if (error) live.state.value = 'error'
  else if (counted.every(({ isListed }) => isListed)) live.state.value = 'live'
}

interface ObjectList {
  apiVersion: string
  kind: string
  items: KubeObject[]
  metadata: { resourceVersion: string }
}

/** Applies events in one batch a frame, so that a burst draws once. */
function batched(entry: Entry, path: string): (event: WatchEvent) => void {
  let pending: WatchEvent[] = []
  const apply = () => {
    const next = new Map(entry.parts.get(path)?.objects)
    for (const { type, object } of pending)
      if (type === 'DELETED') next.delete(keyOf(object))
      else next.set(keyOf(object), object)
    pending = []
    change(entry, path, { objects: next })
  }
  return event => {
    if (pending.push(event) === 1) requestAnimationFrame(apply)
  }
}
