import type { Application } from '../../../capabilities/gitops/kinds/generated/application.ts'
import { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'
import { useLive } from '../api/use-live.ts'
import { Badge } from '../view/badge.tsx'

const SHOWN = 5

/** The pull requests that lead to this application: open ones first. */
export function PullRequests({ application }: { application: Application | undefined }) {
  const { items } = useLive(PullRequest)
  const repository = /([^/]+?)(?:\.git)?\/?$/.exec(application?.spec.source?.repoURL ?? '')?.[1]
  const mine = items
    .filter(pull => !repository || pull.spec.repository === repository)
    .sort(
      (a, b) =>
        Number(b.status?.phase === 'Open') - Number(a.status?.phase === 'Open') ||
        (b.status?.number ?? 0) - (a.status?.number ?? 0),
    )
  return (
    <section class="panel stack" aria-label="Pull requests">
      <header>
        <h2>
          <a href="/pulls">Pull requests</a>
        </h2>
        <span class="muted small number">
          {mine.filter(pull => pull.status?.phase === 'Open').length} open
        </span>
      </header>
      {mine.length === 0 && (
        <div class="muted small">
          None yet. Open one with <code>drave pr open {repository ?? 'REPOSITORY'} BRANCH</code>
        </div>
      )}
      {mine.slice(0, SHOWN).map(pull => (
        <a key={pull.metadata.uid} class="row spread pull" href={`/pull/${pull.metadata.name}`}>
          <span class="truncate">
            <span class="muted number">#{pull.status?.number}</span> {pull.spec.title}
          </span>
          <Badge text={pull.status?.phase ?? 'Open'} />
        </a>
      ))}
    </section>
  )
}
