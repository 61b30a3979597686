import { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'
import { useLive } from '../api/use-live.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import { Empty } from '../view/empty.tsx'

/** `/pulls`: every pull request, open ones first. */
export function PullsPage() {
  const { items, state, error } = useLive(PullRequest)
  const ordered = [...items].sort(
    (a, b) =>
      Number(b.status?.phase === 'Open') - Number(a.status?.phase === 'Open') ||
      b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
  )
  if (state === 'loading') return <div class="muted">Loading</div>
  return (
    <div class="stack">
      <div class="page-head">
        <h1>Pull requests</h1>
      </div>
      {error && <div class="notice warn">{error}</div>}
      {ordered.length === 0 ? (
        <div class="panel">
          <Empty command="drave pr open REPOSITORY BRANCH">
            No pull request yet. Push a branch, then open one:
          </Empty>
        </div>
      ) : (
        <section class="panel scroll">
          <table>
            <thead>
              <tr>
                <th>Number</th>
                <th>Title</th>
                <th>Repository</th>
                <th>Branch</th>
                <th>State</th>
                <th>Opened</th>
              </tr>
            </thead>
            <tbody>
              {ordered.map(pull => (
                <tr key={pull.metadata.uid}>
                  <td class="number">#{pull.status?.number}</td>
                  <td>
                    <a href={`/pull/${pull.metadata.name}`}>{pull.spec.title}</a>
                  </td>
                  <td>{pull.spec.repository}</td>
                  <td class="mono">{pull.spec.sourceBranch}</td>
                  <td>
                    <Badge text={pull.status?.phase ?? 'Open'} />
                  </td>
                  <td class="number muted">{age(pull.metadata.creationTimestamp)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  )
}
