import { equalJson } from '../copy.ts'
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../generated/apps-v1.ts'
import type { PodTemplateSpec } from '../generated/core-v1.ts'
import { dnsLabelProblems } from '../names.ts'
import { checkClaimSpec } from './claim.ts'
import { checkPodTemplate } from './pod.ts'
import { Rules } from './rules.ts'
import { checkLabels, checkLasting, checkSelector } from './workloads.ts'

export function checkStatefulSet(
  rules: Rules,
  { spec }: StatefulSet,
  previous: StatefulSet | undefined,
): void {
  if (!rules.required('spec', spec)) return
  checkSpec(rules, spec, { isUpdate: previous !== undefined, wasWrong: wasWrong(previous) })
  if (!previous) return
  const fixed = (value: StatefulSetSpec) => ({
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

interface Change {
  isUpdate: boolean
  /** What is stored breaks rules that are younger than it: then its template is left alone. */
  wasWrong: boolean
}

function wasWrong(previous: StatefulSet | undefined): boolean {
  if (!previous) return false
  const rules = new Rules()
  checkSpec(rules, previous.spec, { isUpdate: true, wasWrong: false })
  return rules.errors.length > 0
}

function checkSpec(rules: Rules, spec: StatefulSetSpec, { isUpdate, wasWrong }: Change): void {
  eitherOf(rules, 'spec.podManagementPolicy', spec.podManagementPolicy, ['OrderedReady', 'Parallel'])
  checkUpdateStrategy(rules, spec.updateStrategy)
  for (const when of ['whenDeleted', 'whenScaled'] as const)
    if (spec.persistentVolumeClaimRetentionPolicy)
      rules.among(
        `spec.persistentVolumeClaimRetentionPolicy.${when}`,
        spec.persistentVolumeClaimRetentionPolicy[when],
        ['Retain', 'Delete'],
      )
  if (!isUpdate)
    for (const [index, claim] of (spec.volumeClaimTemplates ?? []).entries())
      checkClaimSpec(rules, `spec.volumeClaimTemplates[${index}].spec`, claim.spec)
  rules.notNegative('spec.replicas', spec.replicas)
  rules.notNegative('spec.minReadySeconds', spec.minReadySeconds)
  rules.notNegative('spec.ordinals.start', spec.ordinals?.start)
  if (!isUpdate && spec.serviceName)
    rules.invalid('spec.serviceName', spec.serviceName, dnsLabelProblems(spec.serviceName))
  const template = asPodsHaveIt(spec)
  const selected = { selector: spec.selector, template, kind: 'statefulset', malformed: '' }
  if (checkSelector(rules, selected)) {
    if (spec.selector) checkLabels(rules, selected)
    if (!wasWrong) checkPodTemplate(rules, 'spec.template', template)
    rules.labels('spec.template.labels', template?.metadata?.labels)
  }
  checkLasting(rules, { kind: 'StatefulSet', template: spec.template })
}

/** The controller names the pods, and its claims stand in for volumes of their names, before those of the template. */
function asPodsHaveIt({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec | undefined {
  if (!template?.spec) return template
  const { hostname: _hostname, subdomain: _subdomain, volumes = [], ...rest } = template.spec
  const names = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? ''))
  const claims = [...names].map(name => ({ name, persistentVolumeClaim: { claimName: name } }))
  return {
    ...template,
    spec: { ...rest, volumes: [...claims, ...volumes.filter(({ name }) => !names.has(name))] },
  }
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
  const at = `${field}.rollingUpdate`
  if (type === 'RollingUpdate') {
    rules.notNegative(`${at}.partition`, rollingUpdate?.partition)
    const { maxUnavailable } = rollingUpdate ?? {}
    if (maxUnavailable === undefined) return
    rules.countOrPercent(`${at}.maxUnavailable`, maxUnavailable)
    if (Number.parseInt(String(maxUnavailable), 10) === 0)
      rules.invalid(`${at}.maxUnavailable`, maxUnavailable, ['cannot be 0'])
    rules.atMostAll(`${at}.maxUnavailable`, maxUnavailable)
  } else if (type !== 'OnDelete') rules.invalid(field, strategy, ["must be 'RollingUpdate' or 'OnDelete'"])
  else if (rollingUpdate) {
    const shown = {
      Partition: rollingUpdate.partition ?? 0,
      MaxUnavailable: rollingUpdate.maxUnavailable ?? null,
    }
    rules.invalid(at, shown, ["only allowed for updateStrategy 'RollingUpdate'"])
  }
}
