import type { Kind } from '../kind.ts'
import { ageColumn, nameColumn, type TableColumn } from './column.ts'
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
  serviceAccountColumns,
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

const RBAC = 'rbac.authorization.k8s.io'
/** Each list belongs to objects of the kind it stands beside. */
const byKind: Readonly<Record<string, readonly TableColumn<never>[]>> = {
  '/ConfigMap': configMapColumns,
  '/Endpoints': endpointsColumns,
  '/Event': eventColumns,
  '/Namespace': namespaceColumns,
  '/Node': nodeColumns,
  '/PersistentVolume': volumeColumns,
  '/PersistentVolumeClaim': claimColumns,
  '/Pod': podColumns,
  '/Secret': secretColumns,
  '/Service': serviceColumns,
  '/ServiceAccount': serviceAccountColumns,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionColumns,
  'apps/ControllerRevision': revisionColumns,
  'apps/DaemonSet': daemonSetColumns,
  'apps/Deployment': deploymentColumns,
  'apps/ReplicaSet': replicaSetColumns,
  'apps/StatefulSet': statefulSetColumns,
  'autoscaling/HorizontalPodAutoscaler': autoscalerColumns,
  'autoscaling/Scale': scaleColumns,
  'batch/CronJob': cronJobColumns,
  'batch/Job': jobColumns,
  'coordination.k8s.io/Lease': leaseColumns,
  'discovery.k8s.io/EndpointSlice': endpointSliceColumns,
  'networking.k8s.io/Ingress': ingressColumns,
  'networking.k8s.io/IngressClass': ingressClassColumns,
  'networking.k8s.io/NetworkPolicy': networkPolicyColumns,
  'policy/PodDisruptionBudget': disruptionBudgetColumns,
  [`${RBAC}/ClusterRole`]: roleColumns,
  [`${RBAC}/Role`]: roleColumns,
  [`${RBAC}/ClusterRoleBinding`]: bindingColumns,
  [`${RBAC}/RoleBinding`]: bindingColumns,
  'scheduling.k8s.io/PriorityClass': priorityClassColumns,
  'storage.k8s.io/StorageClass': storageClassColumns,
}

/** The columns that `kubectl get` shows for a built-in kind; name and age where it has none of its own. */
export function columnsFor(kind: Pick<Kind, 'group' | 'kind'>): readonly TableColumn[] {
  const columns = byKind[`${kind.group}/${kind.kind}`] ?? [nameColumn, ageColumn]
  // The key says which kind's objects the cells get.
  return columns as readonly unknown[] as readonly TableColumn[]
}
