import type { Kind } from '../kind.ts'
import { ageColumn, nameColumn, type TableColumn } from './column.ts'
import {
  mutatingPolicyColumns,
  policyBindingColumns,
  validatingPolicyColumns,
  webhookColumns,
} from './admission.ts'
import {
  apiServiceColumns,
  componentStatusColumns,
  flowSchemaColumns,
  ipAddressColumns,
  podTemplateColumns,
  priorityLevelColumns,
  replicationControllerColumns,
  resourceQuotaColumns,
  runtimeClassColumns,
  serviceCidrColumns,
  signingRequestColumns,
} from './cluster.ts'
import {
  bindingColumns,
  claimColumns,
  configMapColumns,
  definitionColumns,
  eventColumns,
  leaseColumns,
  namespaceColumns,
  nodeColumns,
  priorityClassColumns,
  roleColumns,
  secretColumns,
  storageClassColumns,
  volumeColumns,
} from './core.ts'
import {
  endpointSliceColumns,
  endpointsColumns,
  ingressClassColumns,
  ingressColumns,
  networkPolicyColumns,
  serviceColumns,
} from './network.ts'
import { podColumns } from './pod.ts'
import {
  attachmentColumns,
  attributesClassColumns,
  resourceClaimColumns,
  resourceSliceColumns,
  storageCapacityColumns,
  storageDriverColumns,
  storageNodeColumns,
} from './storage.ts'
import {
  autoscalerColumns,
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  disruptionBudgetColumns,
  jobColumns,
  replicaSetColumns,
  revisionColumns,
  scaleColumns,
  statefulSetColumns,
} from './workloads.ts'

const ADMISSION = 'admissionregistration.k8s.io'
const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io'
const RBAC = 'rbac.authorization.k8s.io'
/** Each list belongs to objects of the kind it stands beside. */
const byKind: Readonly<Record<string, readonly TableColumn<never>[]>> = {
  '/ComponentStatus': componentStatusColumns,
  '/ConfigMap': configMapColumns,
  '/Endpoints': endpointsColumns,
  '/Event': eventColumns,
  '/LimitRange': roleColumns,
  '/Namespace': namespaceColumns,
  '/Node': nodeColumns,
  '/PersistentVolume': volumeColumns,
  '/PersistentVolumeClaim': claimColumns,
  '/Pod': podColumns,
  '/PodTemplate': podTemplateColumns,
  '/ReplicationController': replicationControllerColumns,
  '/ResourceQuota': resourceQuotaColumns,
  '/Secret': secretColumns,
  '/Service': serviceColumns,
  [`${ADMISSION}/MutatingAdmissionPolicy`]: mutatingPolicyColumns,
  [`${ADMISSION}/MutatingAdmissionPolicyBinding`]: policyBindingColumns,
  [`${ADMISSION}/MutatingWebhookConfiguration`]: webhookColumns,
  [`${ADMISSION}/ValidatingAdmissionPolicy`]: validatingPolicyColumns,
  [`${ADMISSION}/ValidatingAdmissionPolicyBinding`]: policyBindingColumns,
  [`${ADMISSION}/ValidatingWebhookConfiguration`]: webhookColumns,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionColumns,
  'apiregistration.k8s.io/APIService': apiServiceColumns,
  'apps/ControllerRevision': revisionColumns,
  'apps/DaemonSet': daemonSetColumns,
  'apps/Deployment': deploymentColumns,
  'apps/ReplicaSet': replicaSetColumns,
  'apps/StatefulSet': statefulSetColumns,
  'autoscaling/HorizontalPodAutoscaler': autoscalerColumns,
  'autoscaling/Scale': scaleColumns,
  'batch/CronJob': cronJobColumns,
  'batch/Job': jobColumns,
  'certificates.k8s.io/CertificateSigningRequest': signingRequestColumns,
  'coordination.k8s.io/Lease': leaseColumns,
  'discovery.k8s.io/EndpointSlice': endpointSliceColumns,
  [`${FLOW_CONTROL}/FlowSchema`]: flowSchemaColumns,
  [`${FLOW_CONTROL}/PriorityLevelConfiguration`]: priorityLevelColumns,
  'networking.k8s.io/IPAddress': ipAddressColumns,
  'networking.k8s.io/Ingress': ingressColumns,
  'networking.k8s.io/IngressClass': ingressClassColumns,
  'networking.k8s.io/NetworkPolicy': networkPolicyColumns,
  'networking.k8s.io/ServiceCIDR': serviceCidrColumns,
  'node.k8s.io/RuntimeClass': runtimeClassColumns,
  'policy/PodDisruptionBudget': disruptionBudgetColumns,
  [`${RBAC}/ClusterRole`]: roleColumns,
  [`${RBAC}/Role`]: roleColumns,
  [`${RBAC}/ClusterRoleBinding`]: bindingColumns,
  [`${RBAC}/RoleBinding`]: bindingColumns,
  'resource.k8s.io/ResourceClaim': resourceClaimColumns,
  'resource.k8s.io/ResourceSlice': resourceSliceColumns,
  'scheduling.k8s.io/PriorityClass': priorityClassColumns,
  'storage.k8s.io/CSIDriver': storageDriverColumns,
  'storage.k8s.io/CSINode': storageNodeColumns,
  'storage.k8s.io/CSIStorageCapacity': storageCapacityColumns,
  'storage.k8s.io/VolumeAttachment': attachmentColumns,
  'storage.k8s.io/VolumeAttributesClass': attributesClassColumns,
  'storage.k8s.io/StorageClass': storageClassColumns,
}

/** The columns that `kubectl get` shows for a built-in kind; name and age where it has none of its own. */
export function columnsFor(kind: Pick<Kind, 'group' | 'kind'>): readonly TableColumn[] {
  const columns = byKind[`${kind.group}/${kind.kind}`] ?? [nameColumn, ageColumn]
  // The key says which kind's objects the cells get.
  return columns as readonly unknown[] as readonly TableColumn[]
}
