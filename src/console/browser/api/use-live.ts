import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { collectionPath, subscribe } from './live.ts'

/** The live objects of a kind for one component, newest state at each draw. */
export function useLive<T extends KubeObject>(
  kind: Kind<T>,
): {
  items: readonly T[]
  get(key: string): T | undefined
  state: 'loading' | 'live' | 'error'
  error: string | undefined
} {
  const path = collectionPath(kind)
  const subscription = useMemo(() => subscribe(kind), [path])
  const [, redraw] = useState(0)
  useEffect(() => {
    const stops = [subscription.live.objects, subscription.live.state].map(source =>
      source.subscribe(() => redraw(count => count + 1)),
    )
    return () => {
      for (const stop of stops) stop()
      subscription.release()
    }
  }, [subscription])
  const objects = subscription.live.objects.value
  return {
    items: [...objects.values()],
    get: key => objects.get(key),
    state: subscription.live.state.value,
    error: subscription.live.error.value,
  }
}
