import { Application } from '../../../capabilities/gitops/kinds/generated/application.ts'
import { objectPath } from '../api/live.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import type { PendingWrite } from '../view/confirm.tsx'

/** How the cluster stands to the repository. */
export function SyncPanel({
  application,
  onWrite,
}: {
  application: Application | undefined
  onWrite: (write: PendingWrite) => void
}) {
  if (!application)
    return (
      <section class="panel stack" aria-label="Sync">
        <header>
          <h2>Sync</h2>
        </header>
        <div class="muted small">No Application manages this rollout.</div>
      </section>
    )
  const { status } = application
  const { name, namespace } = application.metadata
  const operation = status?.operationState
  const last = status?.history?.at(-1)
  const sync = () =>
    onWrite({
      title: `Sync ${name}`,
      explanation: 'Applies what the repository holds now.',
      path: objectPath(Application, namespace, name),
      call: {
        method: 'PATCH',
        body: { operation: { sync: {}, initiatedBy: { username: 'console' } } },
        contentType: 'application/merge-patch+json',
      },
      after: { operation: { sync: {}, initiatedBy: { username: 'console' } } },
      action: 'Sync',
    })
  return (
    <section class="panel stack" aria-label="Sync">
      <header>
        <h2>
          <a href={`/app/${namespace}/${name}`}>Sync</a>
        </h2>
        <span class="row">
          <Badge text={status?.sync?.status ?? 'Unknown'} />
          <Badge text={status?.health?.status ?? 'Unknown'} />
        </span>
      </header>
      <div class="small">
        revision <span class="mono">{status?.sync?.revision?.slice(0, 8) ?? '–'}</span>
        {last?.deployedAt && <span class="muted"> deployed {age(last.deployedAt)} ago</span>}
      </div>
      {operation?.message && (
        <div
          class={`notice small ${operation.phase === 'Failed' || operation.phase === 'Error' ? 'bad' : ''}`}
        >
          {operation.message}
        </div>
      )}
      {status?.conditions?.map(condition => (
        <div key={condition.type} class="notice warn small">
          <b>{condition.type}</b> {condition.message}
        </div>
      ))}
      <div class="row">
        <button type="button" onClick={sync}>
          Sync
        </button>
        <a class="small" href={`/app/${namespace}/${name}`}>
          {status?.resources?.length ?? 0} objects
        </a>
      </div>
    </section>
  )
}
