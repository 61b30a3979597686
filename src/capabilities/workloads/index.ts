import type { Capability } from '../../kernel/capability.ts'
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../kube/generated/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../kube/generated/autoscaling-v2.ts'
import { CronJob, Job } from '../../kube/generated/batch-v1.ts'
import { Endpoints, ReplicationController } from '../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import { autoscalerController } from './autoscaler/autoscaler.ts'
import { cronJobController } from './cronjob/cron-job.ts'
import { daemonSetController } from './daemonset/daemon-set.ts'
import { deploymentController } from './deployment/deployment.ts'
import { disruptionController } from './disruption/disruption.ts'
import { endpointSliceController } from './endpoints/endpoint-slices.ts'
import { endpointsController } from './endpoints/endpoints.ts'
import { endpointMirroringController } from './endpoints/mirroring.ts'
import { garbageCollector } from './garbage/garbage-collector.ts'
import { namespaceController } from './namespace/namespace.ts'
import { nodeControllers } from './nodes/nodes.ts'
import { jobController } from './job/job.ts'
import { orphanPodController } from './job/orphan-pods.ts'
import { resourceQuotaController } from './quota/resource-quota.ts'
import { replicaSetController, replicationController } from './replicaset/replica-set.ts'
import { standardClass } from './storage/standard-class.ts'
import { storageControllers } from './storage/storage.ts'
import { statefulSetController } from './statefulset/stateful-set.ts'
import { ttlAfterFinishedController } from './ttl/ttl-after-finished.ts'

/** The controllers of a cluster's control plane, for the embedded API: a real cluster brings its own. */
export const workloads: Capability = {
  name: 'workloads',
  summary: 'Deployments, ReplicaSets, Jobs, endpoints, namespaces and garbage collection',
  embeddedOnly: true,
  reconciles: [
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ReplicationController,
    Job,
    CronJob,
    HorizontalPodAutoscaler,
    Endpoints,
    PodDisruptionBudget,
  ],
  controllers: kernel => [
    deploymentController(kernel),
    replicaSetController(kernel),
    replicationController(kernel),
    statefulSetController(kernel),
    daemonSetController(kernel),
    jobController(kernel),
    orphanPodController(kernel),
    ttlAfterFinishedController(kernel),
    cronJobController(kernel),
    disruptionController(kernel),
    endpointSliceController(kernel),
    endpointsController(kernel),
    endpointMirroringController(kernel),
    resourceQuotaController(kernel),
    namespaceController(kernel),
    autoscalerController(kernel),
    ...storageControllers(kernel),
    ...nodeControllers(kernel),
  ],
  services: kernel => [garbageCollector(kernel), standardClass(kernel)],
}
