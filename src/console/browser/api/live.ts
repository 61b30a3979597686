import { type Signal, signal } from '@preact/signals'
import type { Kind } from '../../../kube/kind.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { RequestError, send } from './session.ts'

/** One kind's objects, kept up to date by a watch. */
export interface Live<T> {
  /** Objects by `namespace/name`; a new Map at each change. */
  objects: Signal<ReadonlyMap<string, T>>
  /** `loading` until the first list; `error` holds the last failure while it is retried. */
  state: Signal<'loading' | 'live' | 'error'>
  error: Signal<string | undefined>
}

const RETRY_MS = 1000
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

async function follow(path: string, entry: Entry): Promise<void> {
  const { live, stop } = entry
  while (!stop.signal.aborted) {
    try {
      const response = await send(path, { signal: stop.signal })
      const list = (await response.json()) as {
        apiVersion: string
        kind: string
        items: KubeObject[]
        metadata: { resourceVersion: string }
      }
      const itemKind = list.kind.replace(/List$/, '')
      live.objects.value = new Map(
        list.items.map(item => [keyOf(item), { ...item, apiVersion: list.apiVersion, kind: itemKind }]),
      )
      live.state.value = 'live'
      live.error.value = undefined
      await watch(path, list.metadata.resourceVersion, entry)
    } catch (error) {
      if (stop.signal.aborted) return
      live.state.value = 'error'
      live.error.value = (error as Error).message
      if (error instanceof RequestError && error.code === 401) return
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }
}

/** Applies events in one batch a frame, so that a burst draws once. Returns when the watch must be started again. */
async function watch(path: string, resourceVersion: string, { live, stop }: Entry): Promise<void> {
  const response = await send(`${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`, {
    signal: stop.signal,
  })
  let pending: { type: string; object: KubeObject }[] = []
  const apply = () => {
    const next = new Map(live.objects.value)
    for (const { type, object } of pending)
      if (type === 'DELETED') next.delete(keyOf(object))
      else next.set(keyOf(object), object)
    pending = []
    live.objects.value = next
  }
  for await (const line of linesOf(response, stop.signal)) {
    const event = JSON.parse(line) as { type: string; object: KubeObject }
    if (event.type === 'ERROR') return
    if (event.type === 'BOOKMARK') continue
    if (pending.push(event) === 1) requestAnimationFrame(apply)
  }
}

/** The lines of a streamed body. */
export async function* linesOf(response: Response, signal: AbortSignal): AsyncIterable<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  let rest = ''
  while (!signal.aborted) {
    const { done, value } = await reader.read()
    if (done) break
    rest += value
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
  if (rest !== '') yield rest
}
