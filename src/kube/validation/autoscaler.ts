import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
} from '../generated/autoscaling-v2.ts'
import { dnsLabelProblems, pathSegmentProblems } from '../names.ts'
import { compareQuantities } from '../quantity.ts'
import { checkResourceName } from './resources.ts'
import type { Rules } from './rules.ts'

export function checkAutoscaler(
  rules: Rules,
  { spec }: HorizontalPodAutoscaler,
  previous: HorizontalPodAutoscaler | undefined,
): void {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec ?? {}
  if (minReplicas !== undefined && minReplicas < 1)
    rules.invalid('spec.minReplicas', minReplicas, ['must be greater than or equal to 1'])
  if (maxReplicas === 0) rules.required('spec.maxReplicas', undefined, 'must be set and greater than 0')
  else if (maxReplicas < 0)
    rules.invalid('spec.maxReplicas', maxReplicas, ['must be greater than or equal to 1'])
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    rules.invalid('spec.maxReplicas', maxReplicas, ['must be greater than or equal to `minReplicas`'])
  // What was stored by older rules may stay without a group.
  const before = previous?.spec?.scaleTargetRef
  const allowsCore = before !== undefined && !hasGroup(before)
  checkReference(rules, 'spec.scaleTargetRef', scaleTargetRef, allowsCore || isController(scaleTargetRef))
  for (const [index, metric] of metrics.entries()) checkMetric(rules, `spec.metrics[${index}]`, metric)
  const counts = (type: string) => metrics.some(metric => metric.type === type)
  if (minReplicas === 0 && !counts('Object') && !counts('External'))
    rules.forbidden(
      'spec.metrics',
      'must specify at least one Object or External metric to support scaling to zero replicas',
    )
  for (const side of ['scaleUp', 'scaleDown'] as const)
    checkScaling(rules, `spec.behavior.${side}`, behavior?.[side])
}

const hasGroup = ({ apiVersion = '' }: CrossVersionObjectReference) => apiVersion.includes('/')

/** Of the core group only the ReplicationController can be scaled. */
const isController = (reference: CrossVersionObjectReference | undefined) =>
  reference?.kind === 'ReplicationController'

function checkReference(
  rules: Rules,
  field: string,
  reference: CrossVersionObjectReference | undefined,
  allowsCore: boolean,
): void {
  const { kind, name, apiVersion = '' } = reference ?? {}
  rules.name(`${field}.kind`, kind, pathSegmentProblems)
  rules.name(`${field}.name`, name, pathSegmentProblems)
  const parts = apiVersion === '' || apiVersion === '/' ? [] : apiVersion.split('/')
  if (parts.length > 2)
    rules.invalid(`${field}.apiVersion`, apiVersion, [`unexpected GroupVersion string: ${apiVersion}`])
  else if (!allowsCore && (parts.length < 2 || parts[0] === ''))
    rules.invalid(`${field}.apiVersion`, apiVersion, ['apiVersion must specify API group'])
}

const MAX_WINDOW_SECONDS = 3600
const MAX_PERIOD_SECONDS = 1800

function checkScaling(rules: Rules, field: string, scaling: HPAScalingRules | undefined): void {
  if (!scaling) return
  const { stabilizationWindowSeconds: window, selectPolicy, policies } = scaling
  if (window !== undefined && window < 0)
    rules.invalid(`${field}.stabilizationWindowSeconds`, window, ['must be greater than or equal to zero'])
  if (window !== undefined && window > MAX_WINDOW_SECONDS)
    rules.invalid(`${field}.stabilizationWindowSeconds`, window, [
      `must be less than or equal to ${MAX_WINDOW_SECONDS}`,
    ])
  if (selectPolicy !== undefined)
    rules.among(`${field}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min'])
  rules.required(`${field}.policies`, policies, 'must specify at least one Policy')
  for (const [index, { type, value = 0, periodSeconds = 0 }] of (policies ?? []).entries()) {
    const at = `${field}.policies[${index}]`
    rules.among(`${at}.type`, type, ['Percent', 'Pods'])
    if (value <= 0) rules.invalid(`${at}.value`, value, ['must be greater than zero'])
    if (periodSeconds <= 0) rules.invalid(`${at}.periodSeconds`, periodSeconds, ['must be greater than zero'])
    if (periodSeconds > MAX_PERIOD_SECONDS)
      rules.invalid(`${at}.periodSeconds`, periodSeconds, [
        `must be less than or equal to ${MAX_PERIOD_SECONDS}`,
      ])
  }
}

/** Fields of a metric by its type, in the order in which upstream looks for them. */
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const
const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

function checkMetric(rules: Rules, field: string, metric: MetricSpec): void {
  const { type = '' } = metric
  rules.required(`${field}.type`, type, 'must specify a metric source type')
  // Said of an unknown type before and after what is in the metric, as upstream does.
  rules.among(`${field}.type`, type, types)
  const present = sources.filter(source => metric[source] !== undefined)
  const [first] = present
  if (first) checkSource(rules, `${field}.${first}`, metric, first)
  const expected = sources.find(source => source === type.charAt(0).toLowerCase() + type.slice(1))
  if (!expected) rules.among(`${field}.type`, type, types)
  else if (!metric[expected])
    rules.required(`${field}.${expected}`, undefined, 'must populate information for the given metric source')
  if (present.length !== 1)
    for (const other of present)
      if (other !== expected)
        rules.forbidden(`${field}.${other}`, 'must populate the given metric source only')
}

function checkSource(
  rules: Rules,
  field: string,
  metric: MetricSpec,
  source: (typeof sources)[number],
): void {
  const { object, external, pods, resource, containerResource } = metric
  if (source === 'object') checkReference(rules, `${field}.describedObject`, object?.describedObject, true)
  if (source === 'resource' || source === 'containerResource') {
    const { name } = (source === 'resource' ? resource : containerResource) ?? {}
    if (rules.required(`${field}.name`, name, 'must specify a resource name') && name)
      if (source === 'containerResource') checkResourceName(rules, `${field}.name`, name)
    if (
      source === 'containerResource' &&
      rules.required(`${field}.container`, containerResource?.container, 'must specify a container')
    )
      rules.invalid(
        `${field}.container`,
        containerResource?.container,
        dnsLabelProblems(containerResource?.container ?? ''),
      )
  } else {
    const name = (object ?? external ?? pods)?.metric?.name
    if (rules.required(`${field}.metric.name`, name, 'must specify a metric name'))
      rules.invalid(`${field}.metric.name`, name, pathSegmentProblems(name ?? ''))
  }
  checkTarget(rules, `${field}.target`, metric[source]?.target, source)
}

function checkTarget(
  rules: Rules,
  field: string,
  target: MetricTarget | undefined,
  source: (typeof sources)[number],
): void {
  const { type, value, averageValue, averageUtilization } = target ?? {}
  rules.required(`${field}.type`, type, 'must specify a metric target type')
  if (!['Utilization', 'Value', 'AverageValue'].includes(type ?? ''))
    rules.invalid(`${field}.type`, type ?? '', ['must be either Utilization, Value, or AverageValue'])
  for (const [name, amount] of [
    ['value', value],
    ['averageValue', averageValue],
  ] as const)
    if (amount !== undefined && compareQuantities(amount, '0') <= 0)
      rules.invalid(`${field}.${name}`, amount, ['must be positive'])
  if (averageUtilization !== undefined && averageUtilization < 1)
    rules.invalid(`${field}.averageUtilization`, averageUtilization, ['must be greater than 0'])
  const missing = (name: string, why: string) => rules.required(`${field}.${name}`, undefined, why)
  switch (source) {
    case 'object':
      if (value === undefined && averageValue === undefined)
        missing('averageValue', 'must set either a target value or averageValue')
      break
    case 'external':
      if (value === undefined && averageValue === undefined)
        missing('averageValue', 'must set either a target value for metric or a per-pod target')
      if (value !== undefined && averageValue !== undefined)
        rules.forbidden(`${field}.value`, 'may not set both a target value for metric and a per-pod target')
      break
    case 'pods':
      if (averageValue === undefined) missing('averageValue', 'must specify a positive target averageValue')
      break
    default:
      if (averageUtilization === undefined && averageValue === undefined)
        missing('averageUtilization', 'must set either a target raw value or a target utilization')
      if (averageUtilization !== undefined && averageValue !== undefined)
        rules.forbidden(
          `${field}.averageValue`,
          'may not set both a target raw value and a target utilization',
        )
  }
}
