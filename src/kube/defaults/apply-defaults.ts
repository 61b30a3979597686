import type { Kind } from '../kind.ts'
import { builtinSchema } from '../schema/builtin.ts'
import { canonicalQuantities } from './canonical-quantities.ts'
import {
  apiServiceDefaults,
  csiDriverDefaults,
  definitionDefaults,
  endpointSliceDefaults,
  endpointsDefaults,
  ingressClassDefaults,
  limitRangeDefaults,
  namespaceDefaults,
  networkPolicyDefaults,
  nodeDefaults,
  priorityClassDefaults,
  roleBindingDefaults,
  secretDefaults,
  serviceDefaults,
  storageClassDefaults,
  volumeDefaults,
} from './core.ts'
import { claimOfDevicesDefaults, claimOfDevicesTemplateDefaults } from './device-requests.ts'
import { flowSchemaDefaults, priorityLevelDefaults } from './flow-control.ts'
import { podDefaults, podTemplateDefaults } from './pod.ts'
import { admissionPolicyBindingDefaults, admissionPolicyDefaults, webhookDefaults } from './webhooks.ts'
import {
  autoscalerDefaults,
  claimDefaults,
  cronJobDefaults,
  daemonSetDefaults,
  deploymentDefaults,
  jobDefaults,
  oldAutoscalerDefaults,
  replicaSetDefaults,
  replicationControllerDefaults,
  statefulSetDefaults,
} from './workloads.ts'

/** The table says which kind's objects a function gets. */
const of =
  <T>(defaults: (object: T) => void) =>
  (object: object) =>
    defaults(object as T)

const byKind: Readonly<Record<string, (object: object) => void>> = {
  '/Pod': of(podDefaults),
  '/PodTemplate': of(({ template }: { template?: Parameters<typeof podTemplateDefaults>[0] }) =>
    podTemplateDefaults(template),
  ),
  '/ReplicationController': of(replicationControllerDefaults),
  '/Service': of(serviceDefaults),
  '/Namespace': of(namespaceDefaults),
  '/Secret': of(secretDefaults),
  '/Node': of(nodeDefaults),
  '/Endpoints': of(endpointsDefaults),
  '/PersistentVolume': of(volumeDefaults),
  '/PersistentVolumeClaim': of(claimDefaults),
  '/LimitRange': of(limitRangeDefaults),
  'apps/Deployment': of(deploymentDefaults),
  'apps/ReplicaSet': of(replicaSetDefaults),
  'apps/StatefulSet': of(statefulSetDefaults),
  'apps/DaemonSet': of(daemonSetDefaults),
  'batch/Job': of(jobDefaults),
  'batch/CronJob': of(cronJobDefaults),
  'discovery.k8s.io/EndpointSlice': of(endpointSliceDefaults),
  'flowcontrol.apiserver.k8s.io/FlowSchema': of(flowSchemaDefaults),
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': of(priorityLevelDefaults),
  'networking.k8s.io/IngressClass': of(ingressClassDefaults),
  'networking.k8s.io/NetworkPolicy': of(networkPolicyDefaults),
  'rbac.authorization.k8s.io/RoleBinding': of(roleBindingDefaults),
  'rbac.authorization.k8s.io/ClusterRoleBinding': of(roleBindingDefaults),
  'apiextensions.k8s.io/CustomResourceDefinition': of(definitionDefaults),
  'apiregistration.k8s.io/APIService': of(apiServiceDefaults),
  'scheduling.k8s.io/PriorityClass': of(priorityClassDefaults),
  'resource.k8s.io/ResourceClaim': of(claimOfDevicesDefaults),
  'resource.k8s.io/ResourceClaimTemplate': of(claimOfDevicesTemplateDefaults),
  'storage.k8s.io/CSIDriver': of(csiDriverDefaults),
  'storage.k8s.io/StorageClass': of(storageClassDefaults),
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': admissionPolicyDefaults,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': admissionPolicyBindingDefaults,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': admissionPolicyDefaults,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': admissionPolicyBindingDefaults,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': object => webhookDefaults(object, true),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': object => webhookDefaults(object, false),
}

/** Fills in upstream's defaults of a built-in kind in place; quantities get their canonical form. */
export function applyDefaults(kind: Pick<Kind, 'group' | 'version' | 'kind'>, object: object): void {
  const { group, version, kind: name } = kind
  if (group === 'autoscaling' && name === 'HorizontalPodAutoscaler') {
    if (version === 'v1') of(oldAutoscalerDefaults)(object)
    else of(autoscalerDefaults)(object)
  } else byKind[`${group}/${name}`]?.(object)
  const schema = builtinSchema(group, version, name)
  if (schema) canonicalQuantities(schema, object)
}
