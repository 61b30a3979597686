import type { Pod, PodSpec, PodTemplateSpec } from '../generated/core-v1.ts'
import { dnsSubdomainProblems, qualifiedNameProblems } from '../names.ts'
import { duplicate } from '../schema/field-error.ts'
import { checkContainer } from './container.ts'
import { checkEphemeralContainers, checkEphemeralUpdate } from './ephemeral-containers.ts'
import { checkAnnotations } from './metadata.ts'
import { checkPlacement } from './pod-placement.ts'
import { checkHostNetwork, checkHostPorts, checkPodNetwork } from './pod-network.ts'
import { checkResize } from './pod-resize.ts'
import { checkPodUpdate } from './pod-update.ts'
import type { Rules } from './rules.ts'
import { checkPodSecurityContext } from './security-context.ts'
import { checkToleration } from './toleration.ts'
import { checkVolumes } from './volume.ts'

/** Rules of a pod; `subresource` names the door a change came through, since each may change other fields. */
export function checkPod(
  rules: Rules,
  pod: Pod,
  previous: Pod | undefined,
  subresource: string | undefined,
): void {
  if (!rules.required('spec', pod.spec)) return
  checkPodSpec(rules, 'spec', pod.spec, { isPod: true, podName: pod.metadata?.name })
  if (!previous && pod.spec.ephemeralContainers?.length)
    rules.forbidden('spec.ephemeralContainers', 'cannot be set on create')
  if (previous && subresource === 'ephemeralcontainers') checkEphemeralUpdate(rules, pod, previous)
  if (previous && subresource === 'resize') checkResize(rules, pod, previous)
  if (previous && !subresource) checkPodUpdate(rules, pod.spec, previous.spec)
}

export function checkPodTemplate(rules: Rules, field: string, template: PodTemplateSpec | undefined): void {
  if (!template) {
    rules.required(field, undefined)
    return
  }
  checkTemplateMetadata(rules, field, template)
  checkPodSpec(rules, `${field}.spec`, template.spec ?? { containers: [] })
  if (template.spec?.ephemeralContainers?.length)
    rules.forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')
}

export function checkTemplateMetadata(
  rules: Rules,
  field: string,
  template: PodTemplateSpec | undefined,
): void {
  rules.labels(`${field}.labels`, template?.metadata?.labels)
  checkAnnotations(rules, template?.metadata?.annotations)
}

/** Where a pod's spec is written, which says more of it than what is in it. */
export interface PodSpecPlace {
  /** In a pod itself, and not in a template. */
  isPod: boolean
  /** The pod's name, where it has one. */
  podName?: string | undefined
}

/** Rules of the spec of a pod or a template. */
export function checkPodSpec(
  rules: Rules,
  field: string,
  spec: PodSpec,
  { isPod, podName }: PodSpecPlace = { isPod: false },
): void {
  const volumes = checkVolumes(rules, `${field}.volumes`, spec.volumes, podName)
  const names = new Set<string>()
  const context = { volumes, names, pod: spec }
  rules.required(`${field}.containers`, spec.containers)
  for (const [index, container] of (spec.containers ?? []).entries())
    checkContainer(rules, `${field}.containers[${index}]`, container, { ...context, isInit: false })
  checkHostPorts(rules, `${field}.containers`, spec.containers ?? [])
  for (const [index, container] of (spec.initContainers ?? []).entries())
    checkContainer(rules, `${field}.initContainers[${index}]`, container, { ...context, isInit: true })
  checkEphemeralContainers(rules, field, spec, context)
  if (isPod) checkImageNames(rules, field, spec)
  checkHostNetwork(rules, field, spec, isPod)
  rules.oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never'])
  rules.oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, [
    'ClusterFirstWithHostNet',
    'ClusterFirst',
    'Default',
    'None',
  ])
  rules.labels(`${field}.nodeSelector`, spec.nodeSelector)
  checkPodSecurityContext(rules, `${field}.securityContext`, spec.securityContext)
  checkPlacement(rules, field, spec)
  checkPodNetwork(rules, field, spec)
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries())
    rules.invalid(
      `${field}.readinessGates[${index}].conditionType`,
      conditionType,
      qualifiedNameProblems(conditionType),
    )
  checkSchedulingGates(rules, `${field}.schedulingGates`, spec)
  for (const key of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const) {
    const name = spec[key]
    if (name) rules.invalid(`${field}.${key}`, name, dnsSubdomainProblems(name))
  }
  rules.between(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, [1, MAX_SECONDS])
  for (const [index, toleration] of (spec.tolerations ?? []).entries())
    checkToleration(rules, `${field}.tolerations[${index}]`, toleration)
  if (spec.preemptionPolicy !== undefined)
    rules.oneOf(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  if (spec.os) rules.oneOf(`${field}.os.name`, spec.os.name, ['linux', 'windows'])
}

/** Templates are older than this rule. */
function checkImageNames(rules: Rules, field: string, spec: PodSpec): void {
  for (const list of ['containers', 'initContainers'] as const)
    for (const [index, { image = '' }] of (spec[list] ?? []).entries())
      if (image.trim() !== image)
        rules.invalid(`${field}.${list}[${index}].image`, image, [
          'must not have leading or trailing whitespace',
        ])
}

const MAX_SECONDS = 2 ** 31 - 1

function checkSchedulingGates(rules: Rules, field: string, { schedulingGates }: PodSpec): void {
  const seen = new Set<string>()
  for (const [index, { name = '' }] of (schedulingGates ?? []).entries()) {
    rules.invalid(`${field}[${index}]`, name, qualifiedNameProblems(name))
    if (seen.has(name)) rules.add(duplicate(`${field}[${index}]`, name))
    seen.add(name)
  }
}
