import type {
  DaemonSet,
  DaemonSetUpdateStrategy,
  Deployment,
  DeploymentStrategy,
  ReplicaSet,
} from '../generated/apps-v1.ts'
import type { PodTemplateSpec, ReplicationController } from '../generated/core-v1.ts'
import type { LabelSelector } from '../generated/meta-v1.ts'
import { invalidValue, notSupported } from '../schema/field-error.ts'
import { matchesLabelSelector, SelectorError } from '../selectors.ts'
import { checkPodTemplate } from './pod.ts'
import { Rules } from './rules.ts'

interface Selected {
  selector: LabelSelector | undefined
  template: PodTemplateSpec | undefined
  /** As messages name it. */
  kind: string
  /** What is said of a selector that cannot be one, after what is wrong with it. */
  malformed?: string
}

/** The selector, the template, and that the one selects the other. */
function checkSelected(rules: Rules, selected: Selected): void {
  if (!checkSelector(rules, selected)) return
  checkLabels(rules, selected)
  checkPodTemplate(rules, 'spec.template', selected.template)
  checkLasting(rules, selected)
}

/** False where no template can be held against it. */
export function checkSelector(rules: Rules, { selector, kind, malformed }: Selected): boolean {
  if (rules.required('spec.selector', selector)) {
    rules.selector('spec.selector', selector)
    const isEmpty =
      !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0
    if (isEmpty) rules.invalid('spec.selector', selector, [`empty selector is invalid for ${kind}`])
  }
  if (malformed === undefined || !isMalformed(selector)) return true
  rules.invalid('spec.selector', selector, [malformed])
  return false
}

export function checkLabels(rules: Rules, { selector, template }: Selected): void {
  const isEmpty =
    selector && !selector.matchExpressions?.length && !Object.keys(selector.matchLabels ?? {}).length
  if (isEmpty || !template || isMalformed(selector)) return
  const labels = template.metadata?.labels
  if (!selector || !selects(selector, labels))
    rules.add(
      invalidValue(
        'spec.template.metadata.labels',
        labels ?? null,
        '`selector` does not match template `labels`',
      ),
    )
}

function isMalformed(selector: LabelSelector | undefined): boolean {
  const problems = new Rules()
  problems.selector('', selector)
  return problems.errors.length > 0
}

/** What pods that are replaced when they end may not ask for. */
export function checkLasting(rules: Rules, { kind, template }: Pick<Selected, 'kind' | 'template'>): void {
  const policy = template?.spec?.restartPolicy
  if (policy !== undefined && policy !== 'Always')
    rules.add(notSupported('spec.template.spec.restartPolicy', policy, ['Always']))
  if (template?.spec?.activeDeadlineSeconds !== undefined)
    rules.forbidden(
      'spec.template.spec.activeDeadlineSeconds',
      `activeDeadlineSeconds in ${kind} is not Supported`,
    )
}

/** Whether a selector chooses labels; one that is malformed has its own errors already. */
export function selects(
  selector: LabelSelector | undefined,
  labels: Record<string, string> | undefined,
): boolean {
  try {
    return matchesLabelSelector(selector, labels)
  } catch (error) {
    if (error instanceof SelectorError) return true
    throw error
  }
}

export function checkDeployment(rules: Rules, { spec }: Deployment, previous: Deployment | undefined): void {
  if (!rules.required('spec', spec)) return
  const { selector, template, minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec
  rules.notNegative('spec.replicas', spec.replicas)
  checkSelected(rules, { selector, template, kind: 'deployment', malformed: 'invalid label selector' })
  checkStrategy(rules, spec.strategy)
  rules.notNegative('spec.minReadySeconds', minReadySeconds)
  rules.notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
  rules.notNegative('spec.progressDeadlineSeconds', deadline)
  if (deadline !== undefined && deadline <= minReadySeconds)
    rules.invalid('spec.progressDeadlineSeconds', deadline, ['must be greater than minReadySeconds'])
  if (previous) rules.immutable('spec.selector', selector, previous.spec.selector)
}

function checkStrategy(rules: Rules, strategy: DeploymentStrategy | undefined): void {
  if (!strategy) return
  const { type, rollingUpdate } = strategy
  rules.oneOf('spec.strategy.type', type, ['Recreate', 'RollingUpdate'])
  if (type === 'Recreate' && rollingUpdate)
    rules.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")
  if (type !== 'RollingUpdate') return
  const { maxSurge, maxUnavailable } = rollingUpdate ?? {}
  rules.countOrPercent('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable)
  rules.countOrPercent('spec.strategy.rollingUpdate.maxSurge', maxSurge)
  const isZero = (value: unknown) => value === 0 || value === '0%'
  if (isZero(maxSurge) && isZero(maxUnavailable))
    rules.invalid('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable, [
      'may not be 0 when `maxSurge` is 0',
    ])
  rules.atMostAll('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable)
}

export function checkReplicaSet(rules: Rules, { spec }: ReplicaSet, previous: ReplicaSet | undefined): void {
  if (!rules.required('spec', spec)) return
  rules.notNegative('spec.replicas', spec.replicas)
  rules.notNegative('spec.minReadySeconds', spec.minReadySeconds)
  const { selector, template } = spec
  // Upstream calls it a deployment here.
  checkSelected(rules, { selector, template, kind: 'deployment', malformed: 'invalid label selector' })
  if (previous) rules.immutable('spec.selector', spec.selector, previous.spec.selector)
}

/** An older kind, whose selector is a plain map. */
export function checkReplicationController(rules: Rules, { spec }: ReplicationController): void {
  const { selector = {}, template, minReadySeconds, replicas } = spec ?? {}
  rules.notNegative('spec.minReadySeconds', minReadySeconds)
  if (Object.keys(selector).length === 0) rules.required('spec.selector', undefined)
  if (rules.required('spec.replicas', replicas)) rules.notNegative('spec.replicas', replicas)
  if (Object.keys(selector).length > 0)
    checkLabels(rules, { selector: { matchLabels: selector }, template, kind: '' })
  checkPodTemplate(rules, 'spec.template', template)
  if (template) checkLasting(rules, { kind: 'ReplicationController', template })
}

export function checkDaemonSet(rules: Rules, { spec }: DaemonSet, previous: DaemonSet | undefined): void {
  if (!rules.required('spec', spec)) return
  const { selector, template } = spec
  const selected = { selector, template, kind: 'daemonset' }
  // Upstream misses no selector here; without one, nothing is selected.
  if (selector) checkSelector(rules, selected)
  checkLabels(rules, selected)
  checkPodTemplate(rules, 'spec.template', template)
  checkLasting(rules, { kind: 'DaemonSet', template })
  rules.notNegative('spec.minReadySeconds', spec.minReadySeconds)
  checkDaemonStrategy(rules, spec.updateStrategy)
  rules.notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
  if (previous) rules.immutable('spec.selector', selector, previous.spec.selector)
}

function checkDaemonStrategy(rules: Rules, strategy: DaemonSetUpdateStrategy | undefined): void {
  const field = 'spec.updateStrategy'
  rules.among(`${field}.type`, strategy?.type, ['RollingUpdate', 'OnDelete'])
  if (strategy?.type !== 'RollingUpdate') return
  const at = `${field}.rollingUpdate`
  const { rollingUpdate } = strategy
  if (!rules.required(at, rollingUpdate) || !rollingUpdate) return
  const { maxUnavailable, maxSurge } = rollingUpdate
  rules.countOrPercent(`${at}.maxUnavailable`, maxUnavailable)
  rules.countOrPercent(`${at}.maxSurge`, maxSurge)
  rules.atMostAll(`${at}.maxUnavailable`, maxUnavailable)
  rules.atMostAll(`${at}.maxSurge`, maxSurge)
  const [hasUnavailable, hasSurge] = [maxUnavailable, maxSurge].map(
    value => Number.parseInt(String(value ?? 0), 10) !== 0,
  )
  if (hasUnavailable && hasSurge)
    rules.invalid(`${at}.maxSurge`, maxSurge, ['may not be set when maxUnavailable is non-zero'])
  if (!hasUnavailable && !hasSurge)
    rules.required(`${at}.maxUnavailable`, undefined, 'cannot be 0 when maxSurge is 0')
}
