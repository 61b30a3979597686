import type { Pod, PodSpec, PodTemplateSpec, Toleration } from '../generated/core-v1.ts'
import { dnsSubdomainProblems, dnsLabelProblems, qualifiedNameProblems } from '../names.ts'
import { equalJson } from '../copy.ts'
import { checkContainer } from './container.ts'
import { checkEphemeralContainers, checkEphemeralUpdate } from './ephemeral-containers.ts'
import { checkAnnotations } from './metadata.ts'
import { checkPlacement } from './pod-placement.ts'
import { checkResize } from './pod-resize.ts'
import type { Rules } from './rules.ts'
import { checkVolumes } from './volume.ts'

/** Rules of a pod; `subresource` names the door a change came through, since each may change other fields. */
export function checkPod(
  rules: Rules,
  pod: Pod,
  previous: Pod | undefined,
  subresource: string | undefined,
): void {
  if (!rules.required('spec', pod.spec)) return
  checkPodSpec(rules, 'spec', pod.spec)
  if (!previous && pod.spec.ephemeralContainers?.length)
    rules.forbidden('spec.ephemeralContainers', 'cannot be set on create')
  if (previous && subresource === 'ephemeralcontainers') checkEphemeralUpdate(rules, pod, previous)
  if (previous && subresource === 'resize') checkResize(rules, pod, previous)
  if (previous && !subresource) checkUnchanged(rules, pod.spec, previous.spec)
}

export function checkPodTemplate(rules: Rules, field: string, template: PodTemplateSpec | undefined): void {
  if (!template) {
    rules.required(field, undefined)
    return
  }
  checkTemplateMetadata(rules, field, template)
  if (rules.required(`${field}.spec.containers`, template.spec?.containers) && template.spec)
    checkPodSpec(rules, `${field}.spec`, template.spec)
}

export function checkTemplateMetadata(
  rules: Rules,
  field: string,
  template: PodTemplateSpec | undefined,
): void {
  rules.labels(`${field}.labels`, template?.metadata?.labels)
  checkAnnotations(rules, template?.metadata?.annotations)
}

export function checkPodSpec(rules: Rules, field: string, spec: PodSpec): void {
  const volumes = checkVolumes(rules, `${field}.volumes`, spec.volumes)
  const names = new Set<string>()
  rules.required(`${field}.containers`, spec.containers)
  for (const [list, isInit] of [
    ['containers', false],
    ['initContainers', true],
  ] as const)
    for (const [index, container] of (spec[list] ?? []).entries())
      checkContainer(rules, `${field}.${list}[${index}]`, container, { volumes, names, isInit })
  checkEphemeralContainers(rules, field, spec, { volumes, names })
  rules.oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never'])
  rules.oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, [
    'ClusterFirstWithHostNet',
    'ClusterFirst',
    'Default',
    'None',
  ])
  rules.notNegative(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds)
  rules.positive(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds)
  rules.labels(`${field}.nodeSelector`, spec.nodeSelector)
  if (spec.serviceAccountName)
    rules.invalid(
      `${field}.serviceAccountName`,
      spec.serviceAccountName,
      dnsSubdomainProblems(spec.serviceAccountName),
    )
  if (spec.nodeName) rules.invalid(`${field}.nodeName`, spec.nodeName, dnsSubdomainProblems(spec.nodeName))
  if (spec.hostname) rules.invalid(`${field}.hostname`, spec.hostname, dnsLabelProblems(spec.hostname))
  if (spec.subdomain) rules.invalid(`${field}.subdomain`, spec.subdomain, dnsLabelProblems(spec.subdomain))
  for (const [index, toleration] of (spec.tolerations ?? []).entries())
    checkToleration(rules, `${field}.tolerations[${index}]`, toleration)
  checkPlacement(rules, field, spec)
}

export function checkToleration(
  rules: Rules,
  field: string,
  { key, operator, value, effect }: Toleration,
): void {
  if (key) rules.invalid(`${field}.key`, key, qualifiedNameProblems(key))
  else if (operator !== 'Exists')
    rules.invalid(`${field}.operator`, operator ?? '', [
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ])
  if (operator && !['Equal', 'Exists', 'Lt', 'Gt'].includes(operator))
    rules.oneOf(`${field}.operator`, operator, ['Equal', 'Exists'])
  if (operator === 'Exists' && value)
    rules.invalid(`${field}.operator`, value, ["value must be empty when `operator` is 'Exists'"])
  if (effect) rules.oneOf(`${field}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
}

/** A running pod's spec is fixed but for images, deadlines and added tolerations. */
function checkUnchanged(rules: Rules, spec: PodSpec, previous: PodSpec): void {
  const withoutImages = (containers: PodSpec['containers'] | undefined) =>
    containers?.map(container => ({ ...container, image: undefined }))
  const fixed = (value: PodSpec): PodSpec => ({
    ...value,
    containers: withoutImages(value.containers) ?? [],
    initContainers: withoutImages(value.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
  })
  const onlyAdds = (previous.tolerations ?? []).every(old =>
    spec.tolerations?.some(now => equalJson(now, old)),
  )
  if (!onlyAdds)
    rules.forbidden(
      'spec.tolerations',
      'existing toleration can not be modified except its tolerationSeconds',
    )
  if (!equalJson(fixed(spec), fixed(previous)))
    rules.forbidden(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    )
}
