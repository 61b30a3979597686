import type { Kind } from '../kind.ts'
import type { DraftMeta } from '../object.ts'
import type { PodTemplate } from '../generated/core-v1.ts'
import type { FieldError } from '../schema/field-error.ts'
import { builtinSchema } from '../schema/builtin.ts'
import { checkRole, checkRoleBinding } from './access.ts'
import { checkIpAddress, checkServiceRange } from './addresses.ts'
import { checkCronJob } from './cron-job.ts'
import { checkConfigMap, checkSecret } from './configuration.ts'
import { checkApiService } from './api-service.ts'
import { checkDefinition } from './definition/definition.ts'
import { checkJob } from './job.ts'
import { checkJobStatus } from './job-status.ts'
import { checkFlowSchema, checkPriorityLevel } from './flow-control.ts'
import { checkMetadata } from './metadata.ts'
import { checkMutatingPolicy, checkMutatingPolicyBinding } from './mutating-policy.ts'
import { checkNetworkPolicy } from './network-policy.ts'
import { checkNamespace, checkNode } from './node.ts'
import { checkPod, checkPodTemplate } from './pod.ts'
import { checkAutoscaler } from './autoscaler.ts'
import { checkIngressClass } from './ingress-class.ts'
import {
  checkDisruptionBudget,
  checkEvent,
  checkIngress,
  checkLease,
  checkPriorityClass,
} from './policies.ts'
import { checkLimitRange, checkResourceQuota } from './quota.ts'
import { checkReplicaStatus } from './replica-status.ts'
import { checkRequiredFields } from './required-fields.ts'
import { Rules } from './rules.ts'
import { checkRuntimeClass } from './runtime-class.ts'
import { checkSigningRequest } from './signing-request.ts'
import { checkEndpointSlice } from './endpoint-slice.ts'
import { checkEndpoints } from './endpoints.ts'
import { checkService } from './service.ts'
import { checkStatefulSet } from './stateful-set.ts'
import { checkClaim, checkCsiDriver, checkCsiNode, checkStorageClass, checkVolume } from './storage.ts'
import { checkValidatingPolicy, checkValidatingPolicyBinding } from './validating-policy.ts'
import { checkCsiStorageCapacity, checkVolumeAttachment, checkVolumeAttributesClass } from './volume-kinds.ts'
import { checkWebhookConfiguration } from './webhooks.ts'
import { checkDaemonSet, checkDeployment, checkReplicaSet, checkReplicationController } from './workloads.ts'

/** The table says which kind's objects a function gets. */
const of =
  <T>(check: (rules: Rules, object: T, previous: T | undefined) => void) =>
  (rules: Rules, object: object, previous: object | undefined) =>
    check(rules, object as T, previous as T | undefined)

const RBAC = 'rbac.authorization.k8s.io'
const byKind: Readonly<Record<string, (rules: Rules, object: object, previous: object | undefined) => void>> =
  {
    '/ConfigMap': of(checkConfigMap),
    '/Endpoints': of(checkEndpoints),
    '/Event': of(checkEvent),
    '/LimitRange': of(checkLimitRange),
    '/Namespace': of(checkNamespace),
    '/Node': of(checkNode),
    '/PersistentVolume': of(checkVolume),
    '/PersistentVolumeClaim': of(checkClaim),
    '/ResourceQuota': of(checkResourceQuota),
    '/PodTemplate': of((rules, { template }: PodTemplate) => checkPodTemplate(rules, 'template', template)),
    '/ReplicationController': of(checkReplicationController),
    '/Secret': of(checkSecret),
    '/Service': of(checkService),
    'admissionregistration.k8s.io/MutatingAdmissionPolicy': of(checkMutatingPolicy),
    'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': of(checkMutatingPolicyBinding),
    'admissionregistration.k8s.io/MutatingWebhookConfiguration': of(checkWebhookConfiguration),
    'admissionregistration.k8s.io/ValidatingWebhookConfiguration': of(checkWebhookConfiguration),
    'admissionregistration.k8s.io/ValidatingAdmissionPolicy': of(checkValidatingPolicy),
    'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': of(checkValidatingPolicyBinding),
    'apiextensions.k8s.io/CustomResourceDefinition': of(checkDefinition),
    'apiregistration.k8s.io/APIService': of(checkApiService),
    'flowcontrol.apiserver.k8s.io/FlowSchema': of(checkFlowSchema),
    'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': of(checkPriorityLevel),
    'node.k8s.io/RuntimeClass': of(checkRuntimeClass),
    'storage.k8s.io/CSIDriver': of(checkCsiDriver),
    'storage.k8s.io/CSINode': of(checkCsiNode),
    'networking.k8s.io/IPAddress': of(checkIpAddress),
    'networking.k8s.io/ServiceCIDR': of(checkServiceRange),
    'apps/DaemonSet': of(checkDaemonSet),
    'apps/Deployment': of(checkDeployment),
    'apps/ReplicaSet': of(checkReplicaSet),
    'apps/StatefulSet': of(checkStatefulSet),
    'autoscaling/HorizontalPodAutoscaler': of(checkAutoscaler),
    'batch/CronJob': of(checkCronJob),
    'batch/Job': of(checkJob),
    'coordination.k8s.io/Lease': of(checkLease),
    'discovery.k8s.io/EndpointSlice': of(checkEndpointSlice),
    'networking.k8s.io/Ingress': of(checkIngress),
    'networking.k8s.io/IngressClass': of(checkIngressClass),
    'networking.k8s.io/NetworkPolicy': of(checkNetworkPolicy),
    'policy/PodDisruptionBudget': of(checkDisruptionBudget),
    [`${RBAC}/ClusterRole`]: of(checkRole),
    [`${RBAC}/Role`]: of(checkRole),
    [`${RBAC}/ClusterRoleBinding`]: of((rules, object: Parameters<typeof checkRoleBinding>[1], previous) =>
      checkRoleBinding(rules, object, previous, true),
    ),
    [`${RBAC}/RoleBinding`]: of((rules, object: Parameters<typeof checkRoleBinding>[1], previous) =>
      checkRoleBinding(rules, object, previous, false),
    ),
    'scheduling.k8s.io/PriorityClass': of(checkPriorityClass),
    'storage.k8s.io/CSIStorageCapacity': of(checkCsiStorageCapacity),
    'storage.k8s.io/StorageClass': of(checkStorageClass),
    'storage.k8s.io/VolumeAttachment': of(checkVolumeAttachment),
    'storage.k8s.io/VolumeAttributesClass': of(checkVolumeAttributesClass),
  }

/**
 * What breaks upstream's rules in an object of any kind whose defaults are filled in: metadata of all kinds,
 * the rest of built-in ones. With `previous` also what may not change.
 */
export function validateObject(
  kind: Pick<Kind, 'group' | 'version' | 'kind'> & Partial<Pick<Kind, 'namespaced'>>,
  object: object,
  previous?: object,
  subresource?: string,
): FieldError[] {
  const rules = new Rules()
  const { metadata = {} } = object as { metadata?: DraftMeta }
  checkMetadata(rules, kind, metadata, (previous as { metadata?: DraftMeta } | undefined)?.metadata)
  if (kind.group === 'certificates.k8s.io' && kind.kind === 'CertificateSigningRequest')
    checkSigningRequest(
      rules,
      object as Parameters<typeof checkSigningRequest>[1],
      previous as Parameters<typeof checkSigningRequest>[2],
      subresource,
    )
  if (subresource === 'status') {
    checkStatus(rules, kind, object, previous)
    return rules.errors
  }
  if (kind.group === '' && kind.kind === 'Pod')
    checkPod(
      rules,
      object as Parameters<typeof checkPod>[1],
      previous as Parameters<typeof checkPod>[2],
      subresource,
    )
  else {
    const own = byKind[`${kind.group}/${kind.kind}`]
    const schema = own ? undefined : builtinSchema(kind.group, kind.version, kind.kind)
    own?.(rules, object, previous)
    if (schema) checkRequiredFields(rules, schema, object)
  }
  return rules.errors
}

function checkStatus(
  rules: Rules,
  { group, kind }: Pick<Kind, 'group' | 'kind'>,
  object: object,
  previous: object | undefined,
): void {
  if (group === 'batch' && kind === 'Job')
    checkJobStatus(
      rules,
      object as Parameters<typeof checkJobStatus>[1],
      (previous ?? {}) as Parameters<typeof checkJobStatus>[2],
    )
  else {
    const statusOf = (of: { status?: object } | undefined) => of?.status
    checkReplicaStatus(rules, `${group}/${kind}`, { status: statusOf(object), previous: statusOf(previous) })
  }
}
