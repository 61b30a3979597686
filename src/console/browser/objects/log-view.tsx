import { useEffect, useRef, useState } from 'preact/hooks'
import { linesOf } from '../api/lines.ts'
import { send } from '../api/session.ts'

/** Lines kept in the page; older ones go. */
const MAX_LINES = 2000
const FIRST_LINES = 500

/** A container's log, followed. Scrolls along while the end is in view. */
export function LogView({
  namespace,
  pod,
  container,
}: {
  namespace: string
  pod: string
  container: string
}) {
  const [lines, setLines] = useState<readonly string[]>([])
  const [error, setError] = useState<string>()
  const box = useRef<HTMLPreElement>(null)
  const atEnd = useRef(true)
  useEffect(() => {
    const stop = new AbortController()
    setLines([])
    setError(undefined)
    void follow(namespace, pod, container, stop.signal, more =>
      setLines(previous => [...previous, ...more].slice(-MAX_LINES)),
    ).catch(failure => {
      if (!stop.signal.aborted) setError((failure as Error).message)
    })
    return () => stop.abort()
  }, [namespace, pod, container])
  useEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [lines])
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current ?? {
      scrollTop: 0,
      scrollHeight: 0,
      clientHeight: 0,
    }
    atEnd.current = scrollHeight - scrollTop - clientHeight < 40
  }
  return (
    <div class="stack">
      {error && <div class="notice warn">{error}</div>}
      <pre class="code log" role="log" ref={box} onScroll={onScroll} aria-label={`Log of ${pod}`}>
        {lines.length === 0 && !error ? <span class="muted">No line yet.</span> : lines.join('\n')}
      </pre>
    </div>
  )
}

async function follow(
  namespace: string,
  pod: string,
  container: string,
  signal: AbortSignal,
  add: (lines: readonly string[]) => void,
): Promise<void> {
  const query = new URLSearchParams({ container, follow: 'true', tailLines: String(FIRST_LINES) })
  const response = await send(`/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`, { signal })
  let pending: string[] = []
  for await (const line of linesOf(response, signal)) {
    if (pending.push(line) === 1)
      requestAnimationFrame(() => {
        add(pending)
        pending = []
      })
  }
}
