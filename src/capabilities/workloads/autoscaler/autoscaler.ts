import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf, type ReconcileResult } from '../../../kernel/controller.ts'
import { type ConditionDraft, setCondition } from '../../../kube/conditions.ts'
import type { Scale as LooseScale } from '../../../kube/generated/autoscaling-v1.ts'
import {
  HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerCondition,
  type HorizontalPodAutoscalerStatus,
} from '../../../kube/generated/autoscaling-v2.ts'
import { Pod } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { toTime } from '../../../lib/clock.ts'
import { isSame } from '../canonical.ts'
import { ignoreNotFound } from '../claim-objects.ts'
import { type History, limit, NO_HISTORY, withChange } from './limits.ts'
import { MetricReader } from './metric-reader.ts'
import { MetricError, type Proposal, propose, type Situation } from './proposal.ts'
import { SelectorsInUse } from './selectors-in-use.ts'

const COMPONENT = 'horizontal-pod-autoscaler'
/** As kube-controller-manager's --horizontal-pod-autoscaler-sync-period. */
const PERIOD_MS = 15_000

type Scale = LooseScale & KubeObject

/** Scales what has a scale subresource, built-in or custom, by metrics. */
export function autoscalerController(kernel: Kernel): Controller {
  const { client, clock, informers } = kernel
  const autoscalers = informers.for(HorizontalPodAutoscaler)
  const pods = informers.for(Pod)
  const reader = new MetricReader(client)
  const histories = new Map<string, History>()
  const selectors = new SelectorsInUse()
  /** When an object is looked at again, unless its spec changes: its own status must not wake it. */
  const due = new Map<string, { generation: number; at: number }>()

  async function sync(autoscaler: HorizontalPodAutoscaler): Promise<void> {
    const round = new Round(kernel, autoscaler)
    try {
      const target = await scaleOf(round)
      if (target) await rescale(round, target)
    } finally {
      const { status } = round
      if (!isSame(status, autoscaler.status))
        await client
          .update(HorizontalPodAutoscaler, { ...autoscaler, status }, { subresource: 'status' })
          .catch(ignoreNotFound)
    }
  }

  async function scaleOf(round: Round): Promise<{ kind: Kind<Scale>; scale: Scale } | undefined> {
    const { scaleTargetRef, namespace } = round
    try {
      const { apiVersion = 'v1', kind: name } = scaleTargetRef
      const kind = await client.resolve(apiVersion, name)
      if (!kind) throw new Error(`no matches for kind "${name}" in group "${groupOf(apiVersion)}"`)
      // The scale subresource of any kind is a Scale.
      const scaled = kind as Kind<Scale>
      const ref = { name: scaleTargetRef.name, namespace }
      const scale = await client.get(scaled, ref, { subresource: 'scale' })
      round.set('AbleToScale', true, {
        reason: 'SucceededGetScale',
        message: "the HPA controller was able to get the target's current scale",
      })
      return { kind: scaled, scale }
    } catch (error) {
      const { message } = error as Error
      round.tell('Warning', 'FailedGetScale', message)
      round.set('AbleToScale', false, {
        reason: 'FailedGetScale',
        message: `the HPA controller was unable to get the target's current scale: ${message}`,
      })
      return undefined
    }
  }

  async function rescale(round: Round, { kind, scale }: { kind: Kind<Scale>; scale: Scale }) {
    const { spec } = round.autoscaler
    const key = keyOf(round.autoscaler)
    const now = clock.now()
    const current = scale.spec?.replicas ?? 0
    const min = spec.minReplicas ?? 1
    if (!histories.has(key))
      histories.set(key, { ...NO_HISTORY, recommendations: [{ at: now, replicas: current }] })
    round.status.currentReplicas = current
    if (current === 0) {
      round.set('ScalingActive', false, {
        reason: 'ScalingDisabled',
        message: 'scaling is disabled since the replica count of the target is zero',
      })
      round.status.desiredReplicas = 0
      round.status.currentMetrics = undefined
      return
    }
    let wanted: { replicas: number; reason: string } | undefined
    if (current > spec.maxReplicas)
      wanted = { replicas: spec.maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' }
    else if (current < min)
      wanted = { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas' }
    else wanted = await byMetrics(round, scale, { key, current, min })
    if (!wanted) return
    const { replicas, reason } = wanted
    round.status.desiredReplicas = replicas
    if (replicas === current) return
    try {
      await client.patch(kind, scale.metadata, { spec: { replicas } }, { subresource: 'scale' })
    } catch (error) {
      const { message } = error as Error
      round.tell('Warning', 'FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${message}`)
      round.set('AbleToScale', false, {
        reason: 'FailedUpdateScale',
        message: `the HPA controller was unable to update the target scale: ${message}`,
      })
      return
    }
    round.set('AbleToScale', true, {
      reason: 'SucceededRescale',
      message: `the HPA controller was able to update the target scale to ${replicas}`,
    })
    round.tell('Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`)
    round.status.lastScaleTime = toTime(now)
    const history = histories.get(key) ?? NO_HISTORY
    histories.set(key, withChange(history, { from: current, to: replicas }, { behavior: spec.behavior, now }))
  }

  async function byMetrics(
    round: Round,
    scale: Scale,
    { key, current, min }: { key: string; current: number; min: number },
  ): Promise<{ replicas: number; reason: string } | undefined> {
    const { spec } = round.autoscaler
    const situation = situationOf(round, scale, current)
    if (!situation) return undefined
    const highest = await highestProposal(round, situation)
    if (!highest) return undefined
    const now = clock.now()
    const limited = limit({
      current,
      desired: highest.replicas,
      min,
      max: spec.maxReplicas,
      behavior: spec.behavior,
      history: histories.get(key) ?? NO_HISTORY,
      now,
    })
    histories.set(key, limited.history)
    round.set('AbleToScale', true, limited.able)
    const { isLimited, ...said } = limited.limited
    round.set('ScalingLimited', isLimited, said)
    const reason = highest.replicas > current ? `${highest.name} above target` : 'All metrics below target'
    return { replicas: limited.replicas, reason }
  }

  function situationOf(round: Round, scale: Scale, current: number): Situation | undefined {
    const { autoscaler, namespace } = round
    const selector = scale.status?.selector ?? ''
    if (selector === '') {
      round.tell('Warning', 'SelectorRequired', 'selector is required')
      round.set('ScalingActive', false, {
        reason: 'InvalidSelector',
        message: "the HPA target's scale is missing a selector",
      })
      return undefined
    }
    const { name } = autoscaler.metadata
    const isSelected = selectors.set(keyOf(autoscaler), { namespace, name, selector })
    const selected = pods.list(namespace).filter(({ metadata }) => isSelected(metadata.labels))
    const others = selectors.selecting(selected, namespace)
    if (others.length > 1) {
      const message = `pods by selector ${selector} are controlled by multiple HPAs: [${others.join(' ')}]`
      round.tell('Warning', 'AmbiguousSelector', message)
      round.set('ScalingActive', false, { reason: 'AmbiguousSelector', message })
      return undefined
    }
    const running = scale.status?.replicas ?? 0
    return { autoscaler, current, running, namespace, selector, pods: selected, now: clock.now() }
  }

  /** The most that a metric asks for; undefined when what cannot be read might have asked for more. */
  async function highestProposal(round: Round, situation: Situation): Promise<Proposal | undefined> {
    const { metrics = [] } = round.autoscaler.spec
    const results = await Promise.allSettled(metrics.map(metric => propose(reader, metric, situation)))
    const proposals = results.filter(result => result.status === 'fulfilled').map(({ value }) => value)
    const failures = results.filter(result => result.status === 'rejected').map(({ reason }) => reason)
    for (const error of failures)
      if (error instanceof MetricError) round.tell('Warning', error.reason, error.message)
      else throw error
    round.status.currentMetrics = results.map(result =>
      result.status === 'fulfilled' ? result.value.status : { type: '' },
    )
    const highest = proposals.reduce<Proposal | undefined>(
      (best, proposal) => (best && best.replicas >= proposal.replicas ? best : proposal),
      undefined,
    )
    const [first] = failures
    if (first && (!highest || highest.replicas < situation.current)) {
      round.set('ScalingActive', false, {
        reason: first.reason,
        message: `the HPA was unable to compute the replica count: ${first.message}`,
      })
      const invalid = `invalid metrics (${failures.length} invalid out of ${metrics.length})`
      round.tell('Warning', 'FailedComputeMetricsReplicas', `${invalid}, first error is: ${first.whole}`)
      return undefined
    }
    if (highest)
      round.set('ScalingActive', true, {
        reason: 'ValidMetricFound',
        message: `the HPA was able to successfully calculate a replica count from ${highest.name}`,
      })
    return highest
  }

  return {
    name: 'horizontal-pod-autoscaler',
    watches: [
      objectsOf(HorizontalPodAutoscaler),
      // Only so that its informer is synced.
      { kind: Pod, keys: () => [] },
    ],
    async reconcile(key): Promise<ReconcileResult> {
      const autoscaler = autoscalers.get(key)
      if (!autoscaler) {
        histories.delete(key)
        selectors.delete(key)
        due.delete(key)
        return
      }
      const generation = autoscaler.metadata.generation ?? 0
      const known = due.get(key)
      const left = known?.generation === generation ? known.at - clock.now() : 0
      if (left > 0) return { after: left }
      due.set(key, { generation, at: clock.now() + PERIOD_MS })
      await sync(autoscaler)
      return { after: PERIOD_MS }
    },
  }
}

const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''

/** The status of one look at an autoscaler, and what is told of it. */
class Round {
  readonly autoscaler: HorizontalPodAutoscaler
  readonly status: HorizontalPodAutoscalerStatus
  readonly #kernel: Kernel

  constructor(kernel: Kernel, autoscaler: HorizontalPodAutoscaler) {
    this.#kernel = kernel
    this.autoscaler = autoscaler
    this.status = {
      ...autoscaler.status,
      desiredReplicas: autoscaler.status?.desiredReplicas ?? 0,
      observedGeneration: autoscaler.metadata.generation,
    }
  }

  get scaleTargetRef() {
    return this.autoscaler.spec.scaleTargetRef
  }
  get namespace(): string {
    return this.autoscaler.metadata.namespace ?? 'default'
  }

  set(type: string, isTrue: boolean, said: { reason: string; message: string }): void {
    const draft: ConditionDraft<HorizontalPodAutoscalerCondition> = {
      type,
      status: isTrue ? 'True' : 'False',
      ...said,
    }
    this.status.conditions = [...setCondition(this.status.conditions, draft, this.#kernel.clock.now())]
  }

  tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#kernel.events.record(this.autoscaler, { type, reason, message, component: COMPONENT })
  }
}
