import { equalJson } from '../copy.ts'
import type {
  DaemonSet,
  Deployment,
  DeploymentStrategy,
  ReplicaSet,
  StatefulSet,
  StatefulSetUpdateStrategy,
} from '../generated/apps-v1.ts'
import type { PodTemplateSpec } from '../generated/core-v1.ts'
import type { LabelSelector } from '../generated/meta-v1.ts'
import { invalidValue, notSupported } from '../schema/field-error.ts'
import { matchesLabelSelector, SelectorError } from '../selectors.ts'
import { checkPodTemplate, checkTemplateMetadata } from './pod.ts'
import type { Rules } from './rules.ts'

/** The selector, the template, and that the one selects the other. */
function checkSelected(
  rules: Rules,
  kind: string,
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
): void {
  checkSelector(rules, kind, selector, template)
  checkPodTemplate(rules, 'spec.template', template)
  checkLasting(rules, kind, template)
}

function checkSelector(
  rules: Rules,
  kind: string,
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
): void {
  if (rules.required('spec.selector', selector)) {
    rules.selector('spec.selector', selector)
    const isEmpty =
      !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0
    if (isEmpty) rules.invalid('spec.selector', selector, [`empty selector is invalid for ${kind}`])
    else if (template && !selects(selector, template.metadata?.labels))
      rules.add(
        invalidValue(
          'spec.template.metadata.labels',
          template.metadata?.labels ?? null,
          '`selector` does not match template `labels`',
        ),
      )
  }
}

/** What pods that are replaced when they end may not ask for. */
function checkLasting(rules: Rules, kind: string, template: PodTemplateSpec | undefined): void {
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
  checkSelected(rules, 'deployment', spec.selector, spec.template)
  rules.notNegative('spec.replicas', spec.replicas)
  rules.notNegative('spec.minReadySeconds', spec.minReadySeconds)
  rules.notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
  rules.notNegative('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds)
  if (
    spec.progressDeadlineSeconds !== undefined &&
    spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)
  )
    rules.invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, [
      'must be greater than minReadySeconds',
    ])
  checkStrategy(rules, spec.strategy)
  if (previous) rules.immutable('spec.selector', spec.selector, previous.spec.selector)
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
  checkSelected(rules, 'replica set', spec.selector, spec.template)
  if (previous) rules.immutable('spec.selector', spec.selector, previous.spec.selector)
}

export function checkDaemonSet(rules: Rules, { spec }: DaemonSet, previous: DaemonSet | undefined): void {
  if (!rules.required('spec', spec)) return
  rules.notNegative('spec.minReadySeconds', spec.minReadySeconds)
  checkSelected(rules, 'daemonset', spec.selector, spec.template)
  rules.oneOf('spec.updateStrategy.type', spec.updateStrategy?.type, ['OnDelete', 'RollingUpdate'])
  if (previous) rules.immutable('spec.selector', spec.selector, previous.spec.selector)
}

export function checkStatefulSet(
  rules: Rules,
  { spec }: StatefulSet,
  previous: StatefulSet | undefined,
): void {
  if (!rules.required('spec', spec)) return
  rules.notNegative('spec.replicas', spec.replicas)
  rules.notNegative('spec.minReadySeconds', spec.minReadySeconds)
  eitherOf(rules, 'spec.podManagementPolicy', spec.podManagementPolicy, ['OrderedReady', 'Parallel'])
  checkUpdateStrategy(rules, spec.updateStrategy)
  // As upstream: what is in the pods is told by the pods, since claims stand in for volumes of the template.
  checkSelector(rules, 'statefulset', spec.selector, spec.template)
  checkTemplateMetadata(rules, 'spec.template', spec.template)
  checkLasting(rules, 'StatefulSet', spec.template)
  if (!previous) return
  const fixed = (value: StatefulSet['spec']) => ({
    ...value,
    replicas: undefined,
    ordinals: undefined,
    template: undefined,
    updateStrategy: undefined,
    revisionHistoryLimit: undefined,
    persistentVolumeClaimRetentionPolicy: undefined,
    minReadySeconds: undefined,
  })
  if (!equalJson(fixed(spec), fixed(previous.spec)))
    rules.forbidden(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    )
}

/** Upstream names these two choices as an invalid value, not as an unsupported one. */
const eitherOf = (rules: Rules, field: string, value: string | undefined, [one, other]: [string, string]) => {
  if (rules.required(field, value) && value !== one && value !== other)
    rules.invalid(field, value, [`must be '${one}' or '${other}'`])
}

function checkUpdateStrategy(rules: Rules, strategy: StatefulSetUpdateStrategy | undefined): void {
  const field = 'spec.updateStrategy'
  if (!rules.required(field, strategy?.type)) return
  const { type, rollingUpdate } = strategy ?? {}
  if (type === 'RollingUpdate')
    rules.notNegative(`${field}.rollingUpdate.partition`, rollingUpdate?.partition)
  else if (type !== 'OnDelete') rules.invalid(field, strategy, ["must be 'RollingUpdate' or 'OnDelete'"])
  else if (rollingUpdate)
    rules.invalid(`${field}.rollingUpdate`, rollingUpdate, [
      "only allowed for updateStrategy 'RollingUpdate'",
    ])
}
