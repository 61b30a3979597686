import type { Capability } from '../../kernel/capability.ts'
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../kube/generated/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../kube/generated/autoscaling-v2.ts'
import { CronJob, Job } from '../../kube/generated/batch-v1.ts'
import { Endpoints, ReplicationController } from '../../kube/generated/core-v1.ts'
import { PodDisruptionBudget } from '../../kube/generated/policy-v1.ts'
import { controllers } from './controllers.ts'
import { garbageCollector } from './garbage/garbage-collector.ts'
import { standardClass } from './storage/standard-class.ts'

/** The controllers of a cluster's control plane, for the embedded API: a real cluster brings its own. */
export const workloads: Capability = {
  name: 'workloads',
  summary:
    'Deployments, StatefulSets, DaemonSets, Jobs, autoscaling, volumes, endpoints, namespaces, garbage collection',
  embeddedOnly: 'always',
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
  controllers,
  provides: () => ({ controllerManager: true }),
  services: kernel => [garbageCollector(kernel), standardClass(kernel)],
}
