import type { Job, JobSpec } from '../generated/batch-v1.ts'
import type { Container, PodTemplateSpec } from '../generated/core-v1.ts'
import { isConditionTrue } from '../conditions.ts'
import { dnsLabelProblems, dnsSubdomainProblems } from '../names.ts'
import { invalidValue, notSupported, required, tooLong } from '../schema/field-error.ts'
import { checkPodFailurePolicy, checkSuccessPolicy } from './job-policies.ts'
import { checkPodTemplate } from './pod.ts'
import type { Rules } from './rules.ts'
import { selects } from './workloads.ts'

const MAX_PARALLELISM = 100_000
const MAX_FAILED_INDEXES = 100_000
/** Above so many completions, limits by index are only kept within these bounds. */
const MANY_COMPLETIONS = 100_000
const MAX_WITH_MANY = 10_000
const MAX_MANAGED_BY = 63

/** A Job as upstream's validation has it; the API server has filled in its selector and labels. */
export function checkJob(rules: Rules, job: Job, previous: Job | undefined): void {
  const { metadata, spec } = job
  if (!rules.required('spec', spec)) return
  checkGenerated(rules, job, previous)
  checkJobSpec(rules, 'spec', spec)
  if (rules.required('spec.selector', spec.selector)) {
    rules.selector('spec.selector', spec.selector)
    const labels = spec.template?.metadata?.labels
    if (!selects(spec.selector, labels))
      rules.invalid('spec.template.metadata.labels', labels ?? null, [
        '`selector` does not match template `labels`',
      ])
  }
  if (spec.completionMode === 'Indexed' && spec.completions) {
    // The hostname of the last pod.
    const hostname = `${metadata.name}-${spec.completions - 1}`
    if (dnsLabelProblems(hostname).length > 0)
      rules.invalid('metadata.name', metadata.name, [
        `will not able to create pod with invalid DNS label: ${hostname}`,
      ])
  }
  if (previous) checkChange(rules, job, previous)
}

/** The labels by which a Job finds its pods are its own, unless the user takes care of them. */
function checkGenerated(rules: Rules, { metadata, spec }: Job, previous: Job | undefined): void {
  if (spec.manualSelector || !spec.selector) return
  const labels = spec.template?.metadata?.labels ?? {}
  const legacy = { 'controller-uid': metadata.uid, 'job-name': metadata.name }
  const prefixed = {
    'batch.kubernetes.io/controller-uid': metadata.uid,
    'batch.kubernetes.io/job-name': metadata.name,
  }
  // Jobs of servers of old do not have them.
  const before = previous?.spec.template?.metadata?.labels
  const needsPrefixed = !previous || Object.keys(prefixed).every(key => before?.[key] !== undefined)
  const expected: Record<string, string> = needsPrefixed ? { ...legacy, ...prefixed } : legacy
  for (const [key, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${key}]`
    if (labels[key] === undefined) rules.required(field, undefined, `must be '${value}'`)
    else if (labels[key] !== value) rules.invalid(field, labels, [`must be '${value}'`])
  }
  if (!selects(spec.selector, expected))
    rules.invalid('spec.selector', spec.selector, ['`selector` not auto-generated'])
}

/** What Jobs and the templates of CronJobs have in common. */
export function checkJobSpec(rules: Rules, field: string, spec: JobSpec): void {
  for (const key of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const)
    rules.notNegative(`${field}.${key}`, spec[key])
  if (spec.maxFailedIndexes !== undefined)
    rules.required(
      `${field}.backoffLimitPerIndex`,
      spec.backoffLimitPerIndex,
      'when maxFailedIndexes is specified',
    )
  if (spec.managedBy !== undefined) checkManagedBy(rules, `${field}.managedBy`, spec.managedBy)
  const mode = spec.completionMode
  if (mode !== undefined) rules.oneOf(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed'])
  if (mode === 'Indexed') checkIndexed(rules, field, spec)
  else if (mode === undefined || mode === 'NonIndexed')
    for (const key of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      if (spec[key] !== undefined)
        rules.invalid(`${field}.${key}`, spec[key], ['requires indexed completion mode'])
  if (spec.podFailurePolicy) checkPodFailurePolicy(rules, `${field}.podFailurePolicy`, spec)
  if (spec.successPolicy && mode !== 'Indexed')
    rules.invalid(`${field}.successPolicy`, spec.successPolicy, ['requires indexed completion mode'])
  else if (spec.successPolicy) checkSuccessPolicy(rules, `${field}.successPolicy`, spec)
  if (spec.podReplacementPolicy !== undefined)
    rules.oneOf(
      `${field}.podReplacementPolicy`,
      spec.podReplacementPolicy,
      // Pods that still end could not be judged by the failure policy.
      spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
    )
  checkPodTemplate(rules, `${field}.template`, spec.template)
  checkRestartPolicy(rules, `${field}.template.spec.restartPolicy`, spec)
}

function checkIndexed(rules: Rules, field: string, spec: JobSpec): void {
  const { completions, maxFailedIndexes, backoffLimitPerIndex } = spec
  const atMost = (key: 'parallelism' | 'maxFailedIndexes', limit: number, when = '') => {
    const value = spec[key]
    if (value !== undefined && value > limit)
      rules.invalid(`${field}.${key}`, value, [`must be less than or equal to ${limit}${when}`])
  }
  rules.required(`${field}.completions`, completions, 'when completion mode is Indexed')
  atMost('parallelism', MAX_PARALLELISM, ' when completion mode is Indexed')
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    rules.invalid(`${field}.maxFailedIndexes`, maxFailedIndexes, [
      'must be less than or equal to completions',
    ])
  atMost('maxFailedIndexes', MAX_FAILED_INDEXES)
  if (completions === undefined || completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined)
    return
  rules.required(
    `${field}.maxFailedIndexes`,
    maxFailedIndexes,
    `must be specified when completions is above ${MANY_COMPLETIONS}`,
  )
  const when = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`
  atMost('parallelism', MAX_WITH_MANY, when)
  atMost('maxFailedIndexes', MAX_WITH_MANY, when)
}

/** A domain and a path: whose controller runs this Job instead of the cluster's own. */
function checkManagedBy(rules: Rules, field: string, name: string): void {
  if (!rules.required(field, name)) return
  const slash = name.indexOf('/')
  const [host, path] = [name.slice(0, slash), name.slice(slash + 1)]
  if (slash <= 0 || path === '')
    rules.invalid(field, name, ['must be a domain-prefixed path (such as "acme.io/foo")'])
  else {
    rules.invalid(field, host, dnsSubdomainProblems(host))
    if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path))
      rules.invalid(field, path, [
        "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
      ])
  }
  if (name.length > MAX_MANAGED_BY) rules.add(tooLong(field, MAX_MANAGED_BY))
}

function checkRestartPolicy(rules: Rules, field: string, spec: JobSpec): void {
  const policy = spec.template?.spec?.restartPolicy
  if (!policy || policy === 'Always') rules.add(required(field, 'valid values: "OnFailure", "Never"'))
  else if (policy !== 'OnFailure' && policy !== 'Never')
    rules.add(notSupported(field, policy, ['OnFailure', 'Never']))
  else if (spec.podFailurePolicy && policy !== 'Never')
    rules.add(invalidValue(field, policy, 'only "Never" is supported when podFailurePolicy is specified'))
}

const LASTING = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const

function checkChange(rules: Rules, { spec }: Job, previous: Job): void {
  const before = previous.spec
  if (spec.completionMode !== 'Indexed')
    rules.immutable('spec.completions', spec.completions, before.completions)
  else if (
    spec.completions !== undefined &&
    spec.completions !== before.completions &&
    spec.completions !== spec.parallelism
  )
    rules.invalid('spec.completions', spec.completions, [
      'can only be modified in tandem with spec.parallelism',
    ])
  rules.immutable('spec.selector', spec.selector, before.selector)
  checkTemplateChange(rules, spec.template, previous)
  for (const key of LASTING) rules.immutable(`spec.${key}`, spec[key], before[key])
}

/** While a Job is suspended and has no pods, they may be placed elsewhere and get other resources. */
function checkTemplateChange(rules: Rules, template: PodTemplateSpec, { spec, status }: Job): void {
  const isIdle =
    spec.suspend === true &&
    !status?.active &&
    (status?.startTime === undefined || isConditionTrue(status.conditions, 'Suspended'))
  if (!isIdle) {
    rules.immutable('spec.template', template, spec.template)
    return
  }
  const before = withPlacementOf(spec.template, template)
  rules.immutable('spec.template.spec', template.spec, {
    ...before.spec,
    containers: withResourcesOf(before.spec?.containers, template.spec?.containers),
    ...(before.spec?.initContainers
      ? { initContainers: withResourcesOf(before.spec.initContainers, template.spec?.initContainers) }
      : {}),
  })
}

/** The template with the scheduling directives of another one. */
function withPlacementOf(template: PodTemplateSpec, other: PodTemplateSpec): PodTemplateSpec {
  const { affinity, ...spec } = template.spec ?? { containers: [] }
  const nodeAffinity = other.spec?.affinity?.nodeAffinity
  const { nodeAffinity: _replaced, ...rest } = affinity ?? {}
  const merged = nodeAffinity ? { ...rest, nodeAffinity } : rest
  const isGone = !other.spec?.affinity && Object.keys(merged).length === 0
  return {
    ...template,
    spec: {
      ...spec,
      ...(isGone || !(affinity || other.spec?.affinity) ? {} : { affinity: merged }),
      nodeSelector: other.spec?.nodeSelector,
      tolerations: other.spec?.tolerations,
      schedulingGates: other.spec?.schedulingGates,
    },
  }
}

/** The containers with the resources of others, one by one, where names agree. */
function withResourcesOf(
  containers: readonly Container[] | undefined,
  others: readonly Container[] | undefined,
): Container[] {
  return (containers ?? []).map((container, index) => {
    const other = containers?.length === others?.length ? others?.[index] : undefined
    return other?.name === container.name ? { ...container, resources: other.resources } : container
  })
}
