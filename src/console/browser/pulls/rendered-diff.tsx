import { useEffect, useState } from 'preact/hooks'
import type { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'
import { getJson } from '../api/session.ts'
import { Badge } from '../view/badge.tsx'

interface ObjectDiff {
  action: 'added' | 'changed' | 'removed'
  kind: string
  namespace?: string
  name: string
  /** Unified, one line an entry. */
  lines: string[]
}

/** What merging would change in the cluster: the rendered objects, not the files. */
export function RenderedDiff({ pull }: { pull: PullRequest }) {
  const [objects, setObjects] = useState<readonly ObjectDiff[]>()
  const [error, setError] = useState<string>()
  const { name } = pull.metadata
  const revision = `${pull.status?.baseSHA}..${pull.status?.headSHA}`
  useEffect(() => {
    const stop = new AbortController()
    getJson<{ objects: ObjectDiff[] }>(`/git/-/pulls/${name}/diff?at=${revision}`, stop.signal).then(
      answer => {
        setObjects(answer.objects)
        setError(undefined)
      },
      failure => {
        if (!stop.signal.aborted) setError((failure as Error).message)
      },
    )
    return () => stop.abort()
  }, [name, revision])
  const summary = pull.status?.changes?.summary
  return (
    <section class="panel stack" aria-label="Rendered difference">
      <header>
        <h2>What it changes in the cluster</h2>
        <span class="muted small">{summary}</span>
      </header>
      {error && <div class="notice warn">{error}</div>}
      {objects?.length === 0 && <div class="muted small">Nothing: the rendered objects are the same.</div>}
      {objects?.map(object => (
        <div key={`${object.kind}/${object.namespace}/${object.name}`} class="stack tight">
          <div class="row">
            <Badge
              text={object.action}
              tone={object.action === 'removed' ? 'bad' : object.action === 'added' ? 'good' : 'busy'}
            />
            <span>
              {object.kind} <b>{object.name}</b> <span class="muted">{object.namespace}</span>
            </span>
          </div>
          <pre class="code">
            {object.lines.map((line, index) => (
              // Lines of a difference have no identity but their place.
              <span key={`${index}`} class={classOf(line)}>
                {line}
                {'\n'}
              </span>
            ))}
          </pre>
        </div>
      ))}
    </section>
  )
}

const classOf = (line: string): string | undefined =>
  line.startsWith('@@') ? 'hunk' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'remove' : undefined
