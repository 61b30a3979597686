import type { ReplicaSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { describeStep, pauseMs, stepsOf } from '../canary/steps.ts'
import { isFullyPromoted } from '../canary/progress.ts'
import type { AnalysisRun } from '../kinds/generated/analysis-run.ts'
import type { Rollout } from '../kinds/generated/rollout.ts'
import { countsOf, deadlineOf, hashOf, revisionOf } from '../observed.ts'
import { replicasOf } from '../spec-defaults.ts'

/** A Rollout and what belongs to it. */
export interface RolloutObjects {
  rollout: Rollout
  replicaSets: readonly ReplicaSet[]
  pods: readonly Pod[]
  runs: readonly AnalysisRun[]
}

const signs: Record<string, string> = { Healthy: '✔', Degraded: '✖', Paused: '‖', Progressing: '◌' }
const runSigns: Record<string, string> = { Successful: '✔', Failed: '✖', Error: '⚠', Inconclusive: '?' }
const MAX_VALUES = 5

/** The text of `drave rollout get`: where the update stands, its steps, and a tree of what runs. */
export function rolloutView(objects: RolloutObjects, nowMs: number): string {
  return [head(objects), stepLines(objects.rollout, nowMs), tree(objects, nowMs)]
    .filter(part => part.length > 0)
    .map(part => part.join('\n'))
    .join('\n\n')
}

function head({ rollout, replicaSets }: RolloutObjects): string[] {
  const { metadata, status = {} } = rollout
  const phase = status.phase ?? 'Pending'
  const weights = status.canary?.weights
  const images = replicaSets
    .filter(replicaSet => countsOf(replicaSet).replicas > 0)
    .map(replicaSet => `${imageOf(replicaSet)} (${roleOf(rollout, replicaSet)})`)
  const rows: [string, string | undefined][] = [
    ['Name', `${metadata.name} (namespace ${metadata.namespace ?? 'default'})`],
    ['Status', `${signs[phase] ?? ' '} ${phase}`],
    ['Message', status.message],
    ['Revision', String(revisionOf(rollout) || '-')],
    [
      'Traffic',
      weights &&
        `canary ${weights.canary.weight}, stable ${weights.stable.weight}${weights.verified ? '' : ' (on its way)'}`,
    ],
    [
      'Replicas',
      `${replicasOf(rollout)} desired, ${status.replicas ?? 0} current, ${status.updatedReplicas ?? 0} updated, ${status.availableReplicas ?? 0} available`,
    ],
    ['Images', [...new Set(images)].join(', ')],
  ]
  return rows.filter(([, value]) => value).map(([name, value]) => `${`${name}:`.padEnd(11)}${value}`)
}

function stepLines(rollout: Rollout, nowMs: number): string[] {
  const steps = stepsOf(rollout)
  if (steps.length === 0) return []
  const { status = {} } = rollout
  const current = status.currentStepIndex ?? 0
  const lines = steps.map((step, index) => {
    const isCurrent = index === current && !isFullyPromoted(status) && !status.abort
    const sign = index < current ? '✔' : isCurrent ? '▶' : ' '
    return `  ${sign} ${index + 1}. ${describeStep(step)}${isCurrent ? remaining(rollout, nowMs) : ''}`
  })
  return ['Steps:', ...lines]
}

function remaining(rollout: Rollout, nowMs: number): string {
  const pause = rollout.status?.pauseConditions?.find(({ reason }) => reason === 'CanaryPauseStep')
  const step = stepsOf(rollout)[rollout.status?.currentStepIndex ?? 0]
  if (!pause || !step?.pause) return ''
  const duration = pauseMs(step)
  if (duration === undefined) return `  waits for: drave rollout promote ${rollout.metadata.name}`
  return `  ${age(Date.parse(pause.startTime) + duration - nowMs)} left`
}

function tree({ rollout, replicaSets, pods, runs }: RolloutObjects, nowMs: number): string[] {
  const sorted = replicaSets.toSorted((left, right) => revisionOf(right) - revisionOf(left))
  const branches = sorted.map(replicaSet => ({
    label: replicaSetLabel(rollout, replicaSet, nowMs),
    leaves: [
      ...pods
        .filter(pod => pod.metadata.ownerReferences?.some(({ uid }) => uid === replicaSet.metadata.uid))
        .map(pod => podLabel(pod, nowMs)),
      ...runs.filter(run => hashOf(run) === hashOf(replicaSet)).flatMap(runLabels),
    ],
  }))
  return branches.length === 0
    ? []
    : [
        'Tree:',
        ...branches.flatMap(({ label, leaves }, index) => {
          const isLast = index === branches.length - 1
          return [
            `  ${isLast ? '└─' : '├─'} ${label}`,
            ...leaves.map(
              (leaf, place) =>
                `  ${isLast ? ' ' : '│'}  ${place === leaves.length - 1 ? '└─' : '├─'} ${leaf}`,
            ),
          ]
        }),
      ]
}

const imageOf = (replicaSet: ReplicaSet): string =>
  (replicaSet.spec.template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(', ')

function roleOf({ status }: Rollout, replicaSet: ReplicaSet): string {
  const hash = hashOf(replicaSet)
  if (hash === status?.stableRS) return 'stable'
  return hash === status?.currentPodHash ? 'canary' : 'old'
}

function replicaSetLabel(rollout: Rollout, replicaSet: ReplicaSet, nowMs: number): string {
  const { replicas, available } = countsOf(replicaSet)
  const deadline = deadlineOf(replicaSet)
  const until = deadline !== undefined && replicas > 0 ? `, goes in ${age(deadline - nowMs)}` : ''
  return `revision ${revisionOf(replicaSet)}  ${replicaSet.metadata.name}  ${roleOf(rollout, replicaSet)}  ${available}/${replicas} available${until}`
}

function podLabel({ metadata, status }: Pod, nowMs: number): string {
  const containers = status?.containerStatuses ?? []
  const ready = containers.filter(container => container.ready).length
  const waiting = containers.find(container => container.state?.waiting)?.state?.waiting?.reason
  const state = metadata.deletionTimestamp ? 'Terminating' : (waiting ?? status?.phase ?? 'Pending')
  const restarts = containers.reduce((sum, container) => sum + container.restartCount, 0)
  return `pod ${metadata.name}  ${state}  ${ready}/${containers.length} ready  ${restarts} restarts  ${age(nowMs - Date.parse(metadata.creationTimestamp))}`
}

function runLabels(run: AnalysisRun): string[] {
  const phase = run.status?.phase ?? 'Pending'
  const results = (run.status?.metricResults ?? []).map(result => {
    const values = (result.measurements ?? [])
      .slice(-MAX_VALUES)
      .map(({ value, message }) => (value ? shortened(value) : message || '-'))
    const metric = run.spec.metrics.find(({ name }) => name === result.name)
    const condition = metric?.successCondition ?? metric?.failureCondition
    return `   ${result.name}: ${values.join(', ')}${condition ? `  (${metric?.successCondition ? '' : 'fails if '}${condition})` : ''}`
  })
  const message = run.status?.message ? `: ${run.status.message}` : ''
  return [`analysis ${run.metadata.name}  ${runSigns[phase] ?? '◌'} ${phase}${message}`, ...results]
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  return seconds < 7200 ? `${Math.round(seconds / 60)}m` : `${Math.round(seconds / 3600)}h`
}

/** Four significant digits say all that a person needs of a measured number; `-o json` has the rest. */
const shortened = (value: string): string =>
  value.replace(/\d+\.\d{3,}/g, number => String(Number(Number(number).toPrecision(4))))
