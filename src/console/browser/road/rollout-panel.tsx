import type { Rollout } from '../../../capabilities/rollouts/kinds/generated/rollout.ts'
import { Rollout as RolloutKind } from '../../../capabilities/rollouts/kinds/generated/rollout.ts'
import { objectPath } from '../api/live.ts'
import { objectUrl } from '../objects/kinds.ts'
import { Badge } from '../view/badge.tsx'
import type { PendingWrite } from '../view/confirm.tsx'
import { RolloutSteps } from './rollout-steps.tsx'

/** The steps of the canary, and what a person may do about it. */
export function RolloutPanel({
  rollout,
  onWrite,
}: {
  rollout: Rollout
  onWrite: (write: PendingWrite) => void
}) {
  const { status } = rollout
  const { name, namespace } = rollout.metadata
  const isAborted = status?.abort === true
  const isPaused = (status?.pauseConditions?.length ?? 0) > 0
  const isUnderWay = status?.stableRS !== undefined && status.stableRS !== status.currentPodHash
  const path = `${objectPath(RolloutKind, namespace, name)}/status`
  const patch = (
    title: string,
    explanation: string,
    change: Record<string, unknown>,
    action: string,
    danger = false,
  ) =>
    onWrite({
      title,
      explanation,
      path,
      call: { method: 'PATCH', body: { status: change }, contentType: 'application/merge-patch+json' },
      before: {
        status: Object.fromEntries(
          Object.keys(change).map(key => [
            key,
            (status as Record<string, unknown> | undefined)?.[key] ?? null,
          ]),
        ),
      },
      after: { status: change },
      action,
      danger,
    })
  return (
    <section class="panel stack" aria-label="Rollout">
      <header>
        <h2>
          <a href={objectUrl(RolloutKind, namespace, name)}>Rollout</a>
        </h2>
        <Badge text={isAborted ? 'Aborted' : (status?.phase ?? 'Unknown')} />
      </header>
      <RolloutSteps rollout={rollout} />
      <div class="small muted number">
        {status?.availableReplicas ?? 0} of {rollout.spec.replicas ?? 1} pods available,{' '}
        {status?.updatedReplicas ?? 0} of the new version
      </div>
      <div class="row">
        {isPaused && !isAborted && (
          <button
            type="button"
            class="primary"
            onClick={() =>
              patch(
                `Promote ${name}`,
                'Ends the pause: the canary goes on to its next step.',
                { pauseConditions: null },
                'Promote',
              )
            }
          >
            Promote
          </button>
        )}
        {isUnderWay && !isAborted && (
          <button
            type="button"
            class="danger"
            onClick={() =>
              patch(
                `Abort ${name}`,
                'All traffic goes back to the stable version at once.',
                { abort: true },
                'Abort',
                true,
              )
            }
          >
            Abort
          </button>
        )}
        {isAborted && (
          <button
            type="button"
            onClick={() =>
              patch(
                `Retry ${name}`,
                'Starts the canary again from its first step.',
                { abort: false },
                'Retry',
              )
            }
          >
            Retry
          </button>
        )}
      </div>
    </section>
  )
}
