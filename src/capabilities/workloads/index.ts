import type { Capability } from '../../kernel/capability.ts'
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../kube/generated/apps-v1.ts'
import { CronJob, Job } from '../../kube/generated/batch-v1.ts'
import { Endpoints } from '../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import { cronJobController } from './cronjob/cron-job.ts'
import { daemonSetController } from './daemonset/daemon-set.ts'
import { deploymentController } from './deployment/deployment.ts'
import { disruptionController } from './disruption/disruption.ts'
import { endpointSliceController } from './endpoints/endpoint-slices.ts'
import { endpointsController } from './endpoints/endpoints.ts'
import { garbageCollector } from './garbage/garbage-collector.ts'
import { namespaceController } from './namespace/namespace.ts'
import { notReconciledControllers } from './not-reconciled.ts'
import { jobController } from './job/job.ts'
import { orphanPodController } from './job/orphan-pods.ts'
import { replicaSetController } from './replicaset/replica-set.ts'
import { statefulSetController } from './statefulset/stateful-set.ts'
import { ttlAfterFinishedController } from './ttl/ttl-after-finished.ts'

/** The controllers of a cluster's control plane, for the embedded API: a real cluster brings its own. */
export const workloads: Capability = {
  name: 'workloads',
  summary: 'Deployments, ReplicaSets, Jobs, endpoints, namespaces and garbage collection',
  embeddedOnly: true,
  reconciles: [Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob, Endpoints, PodDisruptionBudget],
  controllers: kernel => [
    deploymentController(kernel),
    replicaSetController(kernel),
    statefulSetController(kernel),
    daemonSetController(kernel),
    jobController(kernel),
    orphanPodController(kernel),
    ttlAfterFinishedController(kernel),
    cronJobController(kernel),
    disruptionController(kernel),
    endpointSliceController(kernel),
    endpointsController(kernel),
    namespaceController(kernel),
    ...notReconciledControllers(kernel),
  ],
  services: kernel => [garbageCollector(kernel)],
}
