import { Application } from '../../../capabilities/gitops/kinds/generated/application.ts'
import { useLive } from '../api/use-live.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import { Empty } from '../view/empty.tsx'

const WORST_FIRST = ['Degraded', 'Missing', 'Unknown', 'Progressing', 'Suspended', 'Healthy']

/** `/apps`: every Application, worst first. */
export function AppsPage() {
  const { items, state, error } = useLive(Application)
  const ordered = [...items].sort(
    (a, b) =>
      WORST_FIRST.indexOf(a.status?.health?.status ?? 'Unknown') -
      WORST_FIRST.indexOf(b.status?.health?.status ?? 'Unknown'),
  )
  if (state === 'loading') return <div class="muted">Loading</div>
  return (
    <div class="stack">
      <div class="page-head">
        <h1>Applications</h1>
      </div>
      {error && <div class="notice warn">{error}</div>}
      {ordered.length === 0 ? (
        <div class="panel">
          <Empty command="kubectl apply -f application.yaml">No Application yet.</Empty>
        </div>
      ) : (
        <section class="panel scroll">
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>Sync</th>
                <th>Health</th>
                <th>Repository</th>
                <th>Revision</th>
                <th>Synced</th>
              </tr>
            </thead>
            <tbody>
              {ordered.map(application => {
                const { name, namespace, uid } = application.metadata
                const { status, spec } = application
                return (
                  <tr key={uid}>
                    <td>
                      <a href={`/app/${namespace}/${name}`}>{name}</a>
                    </td>
                    <td>
                      <Badge text={status?.sync?.status ?? 'Unknown'} />
                    </td>
                    <td>
                      <Badge text={status?.health?.status ?? 'Unknown'} />
                    </td>
                    <td class="mono">
                      {spec.source?.repoURL} {spec.source?.path}
                    </td>
                    <td class="mono">{status?.sync?.revision?.slice(0, 8)}</td>
                    <td class="number muted">{age(status?.operationState?.finishedAt)}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </section>
      )}
    </div>
  )
}
