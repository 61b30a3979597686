import { useState } from 'preact/hooks'
import { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'
import { objectPath } from '../api/live.ts'
import { useLive } from '../api/use-live.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'
import { Confirm, type PendingWrite } from '../view/confirm.tsx'
import { Empty } from '../view/empty.tsx'
import { route } from '../view/route.ts'
import { mergeBlock } from './merge-block.ts'
import { RenderedDiff } from './rendered-diff.tsx'

/** `/pull/NAME`: what a pull request changes in the cluster, and merging it. */
export function PullPage() {
  const [, name = ''] = route.value.path
  const live = useLive(PullRequest)
  const [write, setWrite] = useState<PendingWrite>()
  const pull = live.get(name)
  if (!pull) {
    if (live.state === 'loading') return <div class="muted">Loading</div>
    return (
      <div class="panel">
        <Empty>{live.error ?? `There is no pull request ${name}.`}</Empty>
      </div>
    )
  }
  const { spec, status } = pull
  const block = mergeBlock(pull)
  const isOpen = (status?.phase ?? 'Open') === 'Open'
  const ask = (title: string, explanation: string, change: object, action: string, danger = false) =>
    setWrite({
      title,
      explanation,
      path: objectPath(PullRequest, undefined, name),
      call: { method: 'PATCH', body: { spec: change }, contentType: 'application/merge-patch+json' },
      before: { spec: {} },
      after: { spec: change },
      action,
      danger,
    })
  return (
    <div class="stack">
      <div class="page-head">
        <div class="stack tight">
          <div class="muted small">
            {spec.repository} #{status?.number}
          </div>
          <h1>{spec.title}</h1>
          <div class="row small">
            <Badge text={status?.phase ?? 'Open'} />
            <span class="mono">{spec.sourceBranch}</span>
            <span class="muted">into</span>
            <span class="mono">{status?.targetBranch ?? spec.targetBranch}</span>
            <span class="muted">opened {age(pull.metadata.creationTimestamp)} ago</span>
            {status?.mergeCommit && (
              <span class="muted">
                merged as <span class="mono">{status.mergeCommit.slice(0, 8)}</span>
              </span>
            )}
          </div>
        </div>
        {isOpen && (
          <div class="row">
            {block !== undefined && <span class="muted small">{block}</span>}
            <button
              type="button"
              class="danger"
              onClick={() =>
                ask(
                  `Close #${status?.number}`,
                  'The branch stays; nothing is merged.',
                  { close: true },
                  'Close',
                  true,
                )
              }
            >
              Close
            </button>
            <button
              type="button"
              class="primary"
              disabled={block !== undefined}
              title={block}
              onClick={() =>
                ask(
                  `Merge #${status?.number}`,
                  status?.changes?.summary ?? 'The branch becomes part of its target.',
                  { merge: { method: 'merge', sha: status?.headSHA } },
                  'Merge',
                )
              }
            >
              Merge
            </button>
          </div>
        )}
      </div>
      {spec.body && (
        <section class="panel">
          <pre style="font-family:var(--sans);font-size:14px">{spec.body}</pre>
        </section>
      )}
      {(status?.conflicts?.length ?? 0) > 0 && (
        <div class="notice bad">
          It cannot be merged: these files conflict with {status?.targetBranch}:{' '}
          <span class="mono">{status?.conflicts?.join(', ')}</span>
        </div>
      )}
      {status?.checks?.map(check => (
        <div key={check.name} class={`notice ${check.status === 'Passed' ? 'good' : 'bad'}`}>
          <b>{check.name}</b> {check.status.toLowerCase()}. {check.message}
        </div>
      ))}
      {status?.conditions
        ?.filter(condition => condition.status === 'False' && condition.message)
        .map(condition => (
          <div key={condition.type} class="notice warn">
            <b>{condition.type}</b> {condition.message}
          </div>
        ))}
      <RenderedDiff pull={pull} />
      {write && <Confirm write={write} close={() => setWrite(undefined)} />}
    </div>
  )
}
