import type { HorizontalPodAutoscaler } from '../generated/autoscaling-v2.ts'
import type { Lease } from '../generated/coordination-v1.ts'
import type { Event, PersistentVolume, PersistentVolumeClaim } from '../generated/core-v1.ts'
import type { Ingress, IngressBackend } from '../generated/networking-v1.ts'
import type { PodDisruptionBudget } from '../generated/policy-v1.ts'
import type { PriorityClass } from '../generated/scheduling-v1.ts'
import type { StorageClass } from '../generated/storage-v1.ts'
import { invalidValue } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

export function checkAutoscaler(rules: Rules, { spec }: HorizontalPodAutoscaler): void {
  if (!rules.required('spec', spec)) return
  const { minReplicas, maxReplicas, scaleTargetRef } = spec
  if (minReplicas !== undefined && minReplicas < 1)
    rules.invalid('spec.minReplicas', minReplicas, ['must be greater than or equal to 1'])
  if (!maxReplicas || maxReplicas < 1)
    rules.invalid('spec.maxReplicas', maxReplicas ?? 0, ['must be greater than 0'])
  else if (minReplicas !== undefined && maxReplicas < minReplicas)
    rules.invalid('spec.maxReplicas', maxReplicas, ['must be greater than or equal to `minReplicas`'])
  rules.required('spec.scaleTargetRef.kind', scaleTargetRef?.kind)
  rules.required('spec.scaleTargetRef.name', scaleTargetRef?.name)
}

export function checkDisruptionBudget(rules: Rules, { spec }: PodDisruptionBudget): void {
  if (!spec) return
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    rules.add(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  rules.countOrPercent('spec.minAvailable', spec.minAvailable)
  rules.countOrPercent('spec.maxUnavailable', spec.maxUnavailable)
  rules.selector('spec.selector', spec.selector)
}

export function checkIngress(rules: Rules, { spec }: Ingress): void {
  if (!spec?.rules?.length && !spec?.defaultBackend)
    rules.add(invalidValue('spec', spec?.rules ?? [], 'either `defaultBackend` or `rules` must be specified'))
  if (spec?.defaultBackend) checkBackend(rules, 'spec.defaultBackend', spec.defaultBackend)
  for (const [index, rule] of (spec?.rules ?? []).entries())
    for (const [at, path] of (rule.http?.paths ?? []).entries()) {
      const field = `spec.rules[${index}].http.paths[${at}]`
      if (rules.required(`${field}.pathType`, path.pathType, 'pathType must be specified'))
        rules.oneOf(`${field}.pathType`, path.pathType, ['Exact', 'ImplementationSpecific', 'Prefix'])
      if (path.pathType !== 'ImplementationSpecific' && !path.path?.startsWith('/'))
        rules.invalid(`${field}.path`, path.path ?? '', ['must be an absolute path'])
      checkBackend(rules, `${field}.backend`, path.backend)
    }
}

function checkBackend(rules: Rules, field: string, backend: IngressBackend | undefined): void {
  if (backend?.resource) return
  if (!rules.required(`${field}`, backend?.service, 'service or resource backend is required')) return
  rules.required(`${field}.service.name`, backend?.service?.name)
  const port = backend?.service?.port
  if (!port?.name && !port?.number)
    rules.required(`${field}.service.port`, undefined, 'port name or number is required')
}

export function checkLease(rules: Rules, { spec }: Lease): void {
  rules.positive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds)
  if (spec?.leaseTransitions !== undefined && spec.leaseTransitions < 0)
    rules.invalid('spec.leaseTransitions', spec.leaseTransitions, ['must be greater than or equal to 0'])
}

export function checkEvent(rules: Rules, { involvedObject, metadata }: Event): void {
  if (!rules.required('involvedObject', involvedObject)) return
  const { namespace } = involvedObject
  if (namespace && metadata.namespace !== namespace)
    rules.invalid('involvedObject.namespace', namespace, ['does not match event.namespace'])
}

export function checkClaim(
  rules: Rules,
  claim: PersistentVolumeClaim,
  previous: PersistentVolumeClaim | undefined,
): void {
  const { spec } = claim
  if (!rules.required('spec', spec)) return
  rules.required('spec.accessModes', spec.accessModes, 'at least 1 access mode is required')
  rules.required('spec.resources[storage]', spec.resources?.requests?.['storage'])
  if (!previous) return
  const before = previous.spec
  for (const key of ['accessModes', 'selector', 'volumeMode', 'dataSource'] as const)
    rules.immutable(
      `spec.${key}`,
      spec[key],
      before[key],
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    )
  // Binding sets these two once.
  for (const key of ['storageClassName', 'volumeName'] as const)
    if (before[key]) rules.immutable(`spec.${key}`, spec[key], before[key])
}

export function checkVolume(rules: Rules, { spec }: PersistentVolume): void {
  if (!rules.required('spec', spec)) return
  rules.required('spec.capacity', spec.capacity)
  rules.required('spec.accessModes', spec.accessModes)
}

export function checkPriorityClass(
  rules: Rules,
  priority: PriorityClass,
  previous: PriorityClass | undefined,
): void {
  const { value = 0, preemptionPolicy, metadata } = priority
  if (value > 1_000_000_000 && !metadata.name.startsWith('system-'))
    rules.forbidden('value', 'maximum allowed value of a user defined priority is 1000000000')
  rules.oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  if (previous) rules.immutable('value', value, previous.value ?? 0, 'may not be changed in an update.')
}

export function checkStorageClass(
  rules: Rules,
  storage: StorageClass,
  previous: StorageClass | undefined,
): void {
  rules.required('provisioner', storage.provisioner)
  rules.oneOf('reclaimPolicy', storage.reclaimPolicy ?? 'Delete', ['Delete', 'Retain'])
  rules.oneOf('volumeBindingMode', storage.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'])
  if (!previous) return
  rules.immutable(
    'provisioner',
    storage.provisioner,
    previous.provisioner,
    'updates to provisioner are forbidden.',
  )
  rules.immutable(
    'parameters',
    storage.parameters,
    previous.parameters,
    'updates to parameters are forbidden.',
  )
}
