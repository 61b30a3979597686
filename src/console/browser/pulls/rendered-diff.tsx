import { useEffect, useState } from 'preact/hooks'
import type { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'
import { getJson } from '../api/session.ts'
import { Badge } from '../view/badge.tsx'

interface ObjectDiff {
  action: 'added' | 'changed' | 'removed'
  kind: string
  namespace?: string
  name: string
  /** Unified difference of the object's YAML. */
  diff: string
}

/** The answer of `/-/pull-requests/NAME/diff`: one entry an Application that follows the target branch. */
interface ApplicationChanges {
  application: string
  differences: ObjectDiff[]
  error?: string
}

/** What merging would change in the cluster: the rendered objects, not the files. */
export function RenderedDiff({ pull }: { pull: PullRequest }) {
  const [changes, setChanges] = useState<readonly ApplicationChanges[]>()
  const [error, setError] = useState<string>()
  const { name } = pull.metadata
  const revision = `${pull.status?.baseSHA}..${pull.status?.headSHA}`
  useEffect(() => {
    const stop = new AbortController()
    getJson<ApplicationChanges[]>(`/git/-/pull-requests/${name}/diff?at=${revision}`, stop.signal).then(
      answer => {
        setChanges(answer)
        setError(undefined)
      },
      failure => {
        if (!stop.signal.aborted) setError((failure as Error).message)
      },
    )
    return () => stop.abort()
  }, [name, revision])
  return (
    <section class="panel stack" aria-label="Rendered difference">
      <header>
        <h2>What it changes in the cluster</h2>
        <span class="muted small">{pull.status?.changes?.summary}</span>
      </header>
      {error && <div class="notice warn">{error}</div>}
      {changes?.length === 0 && <div class="muted small">No Application reads this branch.</div>}
      {changes?.map(change => (
        <div key={change.application} class="stack">
          {changes.length > 1 && <h2 class="muted">{change.application}</h2>}
          {change.error && <div class="notice bad">It does not render: {change.error}</div>}
          {!change.error && change.differences.length === 0 && (
            <div class="muted small">Nothing: the rendered objects are the same.</div>
          )}
          {change.differences.map(object => (
            <Difference key={`${object.kind}/${object.namespace}/${object.name}`} object={object} />
          ))}
        </div>
      ))}
    </section>
  )
}

function Difference({ object }: { object: ObjectDiff }) {
  const tone = object.action === 'removed' ? 'bad' : object.action === 'added' ? 'good' : 'warn'
  return (
    <div class="stack tight">
      <div class="row">
        <Badge text={object.action} tone={tone} />
        <span>
          {object.kind} <b>{object.name}</b> <span class="muted">{object.namespace}</span>
        </span>
      </div>
      <pre class="code">
        {object.diff.split('\n').map((line, index) => (
          // Lines of a difference have no identity but their place.
          <span key={`${index}`} class={classOf(line)}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
    </div>
  )
}

const classOf = (line: string): string | undefined =>
  line.startsWith('@@') ? 'hunk' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'remove' : undefined
