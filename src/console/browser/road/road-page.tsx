import { useState } from 'preact/hooks'
import { Application } from '../../../capabilities/gitops/kinds/generated/application.ts'
import { AnalysisRun } from '../../../capabilities/rollouts/kinds/generated/analysis-run.ts'
import { Rollout } from '../../../capabilities/rollouts/kinds/generated/rollout.ts'
import { useLive } from '../api/use-live.ts'
import { Confirm, type PendingWrite } from '../view/confirm.tsx'
import { Empty } from '../view/empty.tsx'
import { route, setQuery } from '../view/route.ts'
import { PullRequests } from './pull-requests.tsx'
import { RolloutPanel } from './rollout-panel.tsx'
import { SyncPanel } from './sync-panel.tsx'
import { Traffic } from './traffic.tsx'
import { Verdict } from './verdict.tsx'

const WORST_FIRST = ['Degraded', 'Paused', 'Progressing', 'Healthy']

/** The road of one application: pull request → sync → rollout → traffic → verdict. */
export function RoadPage() {
  const applications = useLive(Application)
  const rollouts = useLive(Rollout)
  const runs = useLive(AnalysisRun)
  const [write, setWrite] = useState<PendingWrite>()
  const ordered = [...rollouts.items].sort(
    (a, b) => WORST_FIRST.indexOf(a.status?.phase ?? '') - WORST_FIRST.indexOf(b.status?.phase ?? ''),
  )
  const wanted = route.value.query.get('rollout')
  const rollout =
    ordered.find(candidate => `${candidate.metadata.namespace}/${candidate.metadata.name}` === wanted) ??
    ordered[0]
  const failure = applications.error ?? rollouts.error
  if (rollouts.state === 'loading') return <div class="muted">Loading</div>
  if (!rollout)
    return (
      <div class="panel">
        {failure && <div class="notice warn">{failure}</div>}
        <Empty command="drave up --demo">No rollout yet. The example shows the whole road:</Empty>
      </div>
    )

  const application = applications.items.find(candidate =>
    candidate.status?.resources?.some(
      resource =>
        resource.kind === 'Rollout' &&
        resource.name === rollout.metadata.name &&
        resource.namespace === rollout.metadata.namespace,
    ),
  )
  const canary = rollout.spec.strategy?.canary
  const weight = rollout.status?.canary?.weights?.canary?.weight ?? 0
  const stableHash = rollout.status?.stableRS ?? ''
  const currentHash = rollout.status?.currentPodHash ?? ''
  return (
    <div class="stack road">
      <div class="page-head">
        <div>
          <div class="muted small">{rollout.metadata.namespace}</div>
          <h1>{rollout.metadata.name}</h1>
        </div>
        {ordered.length > 1 && (
          <select
            aria-label="Rollout"
            value={`${rollout.metadata.namespace}/${rollout.metadata.name}`}
            onChange={event => setQuery({ rollout: event.currentTarget.value })}
          >
            {ordered.map(item => (
              <option key={item.metadata.uid}>{`${item.metadata.namespace}/${item.metadata.name}`}</option>
            ))}
          </select>
        )}
      </div>
      {failure && <div class="notice warn">{failure}</div>}
      <div class="stages">
        <PullRequests application={application} />
        <SyncPanel application={application} onWrite={setWrite} />
        <RolloutPanel rollout={rollout} onWrite={setWrite} />
      </div>
      <div class="judged">
        <Traffic
          namespace={rollout.metadata.namespace ?? 'default'}
          stableService={canary?.stableService ?? ''}
          canaryService={canary?.canaryService ?? ''}
          canaryWeight={weight}
          stableVersion={stableHash}
          canaryVersion={currentHash}
          split={stableHash !== currentHash}
        />
        <Verdict rollout={rollout} runs={runs.items} />
      </div>
      {write && <Confirm write={write} close={() => setWrite(undefined)} />}
    </div>
  )
}
