import type { Container, PodSpec, Toleration } from '../generated/core-v1.ts'
import { equalJson } from '../copy.ts'
import type { Rules } from './rules.ts'

const updatable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** A pod's spec is fixed but for images, deadlines, added tolerations and gates that go. */
export function checkPodUpdate(rules: Rules, spec: PodSpec, previous: PodSpec): void {
  for (const list of ['containers', 'initContainers'] as const)
    if (!checkImages(rules, `spec.${list}`, spec[list] ?? [], previous[list] ?? [])) return
  checkDeadline(rules, spec.activeDeadlineSeconds, previous.activeDeadlineSeconds)
  checkTolerations(rules, spec.tolerations ?? [], previous.tolerations ?? [])
  checkGates(rules, spec, previous)
  if (!equalJson(fixed(spec), fixed(previous)))
    rules.forbidden('spec', `pod updates may not change fields other than ${updatable}`)
}

/** False where there are more or fewer containers: then nothing else is worth saying. */
function checkImages(
  rules: Rules,
  field: string,
  containers: readonly Container[],
  previous: readonly Container[],
): boolean {
  if (containers.length !== previous.length) {
    rules.forbidden(field, 'pod updates may not add or remove containers')
    return false
  }
  // Said again, as upstream does, of what every pod has to have.
  for (const [index, { image = '' }] of containers.entries()) {
    rules.required(`${field}[${index}].image`, image)
    if (image.trim() !== image)
      rules.invalid(`${field}[${index}].image`, image, ['must not have leading or trailing whitespace'])
  }
  return true
}

function checkDeadline(rules: Rules, seconds: number | undefined, previous: number | undefined): void {
  const field = 'spec.activeDeadlineSeconds'
  if (seconds === undefined) {
    if (previous !== undefined)
      rules.invalid(field, null, ['must not update from a positive integer to nil value'])
    return
  }
  rules.between(field, seconds, [0, 2 ** 31 - 1])
  if (previous !== undefined && previous < seconds)
    rules.invalid(field, seconds, ['must be less than or equal to previous value'])
}

function checkTolerations(
  rules: Rules,
  tolerations: readonly Toleration[],
  previous: readonly Toleration[],
): void {
  const withoutTime = (toleration: Toleration) => ({ ...toleration, tolerationSeconds: undefined })
  for (const old of previous)
    if (!tolerations.some(now => equalJson(withoutTime(now), withoutTime(old))))
      rules.forbidden(
        'spec.tolerations',
        'existing toleration can not be modified except its tolerationSeconds',
      )
}

function checkGates(rules: Rules, { schedulingGates = [] }: PodSpec, previous: PodSpec): void {
  const known = new Set(previous.schedulingGates?.map(({ name }) => name))
  for (const [index, { name }] of schedulingGates.entries())
    if (!known.has(name))
      rules.forbidden(
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      )
}

/** What may not change. An absent list is an empty one. */
function fixed(spec: PodSpec): object {
  const withoutImages = (containers: readonly Container[] | undefined) =>
    containers?.map(container => ({ ...container, image: undefined })) ?? []
  return {
    ...spec,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
  }
}
