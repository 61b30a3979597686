import type { AnalysisRun } from '../../../capabilities/rollouts/kinds/generated/analysis-run.ts'
import type { Rollout } from '../../../capabilities/rollouts/kinds/generated/rollout.ts'
import { age } from '../view/age.ts'
import { Badge } from '../view/badge.tsx'

const SHOWN_RUNS = 3

/** What the analyses of a rollout have found, newest first, and why a canary was aborted. */
export function Verdict({ rollout, runs }: { rollout: Rollout; runs: readonly AnalysisRun[] }) {
  const mine = runs
    .filter(run => run.metadata.ownerReferences?.some(owner => owner.uid === rollout.metadata.uid))
    .sort((a, b) => Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp))
  const aborted = rollout.status?.abort
  return (
    <section class="panel stack" aria-label="Verdict">
      <header>
        <h2>Verdict</h2>
        <Badge text={rollout.status?.phase ?? 'Unknown'} />
      </header>
      {rollout.status?.message && (
        <div
          class={`notice ${aborted ? 'bad' : rollout.status.phase === 'Healthy' ? 'good' : ''}`}
          role={aborted ? 'alert' : undefined}
        >
          {rollout.status.message}
        </div>
      )}
      {mine.length === 0 && (
        <div class="muted small">
          No analysis has run yet: the first one starts when a canary reaches an analysis step.
        </div>
      )}
      {mine.slice(0, SHOWN_RUNS).map(run => (
        <Run key={run.metadata.uid} run={run} />
      ))}
      {mine.length > SHOWN_RUNS && (
        <a
          class="small"
          href={`/objects/argoproj.io/v1alpha1/analysisruns?namespace=${rollout.metadata.namespace}`}
        >
          {mine.length - SHOWN_RUNS} earlier runs
        </a>
      )}
    </section>
  )
}

function Run({ run }: { run: AnalysisRun }) {
  const results = run.status?.metricResults ?? []
  return (
    <div class="stack tight run">
      <div class="row spread">
        <a
          class="truncate mono"
          href={`/object/argoproj.io/v1alpha1/analysisruns/${run.metadata.namespace}/${run.metadata.name}`}
        >
          {run.metadata.name}
        </a>
        <span class="row">
          <span class="muted small">{age(run.metadata.creationTimestamp)}</span>
          <Badge text={run.status?.phase ?? 'Pending'} />
        </span>
      </div>
      {run.status?.message && <div class="small">{run.status.message}</div>}
      {results.map(result => {
        const metric = run.spec.metrics.find(candidate => candidate.name === result.name)
        const last = result.measurements?.at(-1)
        return (
          <div key={result.name} class="small row spread">
            <span>
              <b>{result.name}</b>{' '}
              <span class="mono number">{shortened(last?.value ?? last?.message ?? '–')}</span>{' '}
              <span class="muted mono">
                {metric?.successCondition ??
                  (metric?.failureCondition ? `fails when ${metric.failureCondition}` : '')}
              </span>
            </span>
            <span class="muted number">
              {result.successful ?? 0} passed, {result.failed ?? 0} failed
              {result.error ? `, ${result.error} errors` : ''}
            </span>
          </div>
        )
      })}
    </div>
  )
}

const shortened = (value: string): string =>
  value.replace(/\d+\.\d{4,}/g, number => Number(number).toPrecision(4))
