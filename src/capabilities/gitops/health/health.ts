import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { HorizontalPodAutoscaler } from '../../../kube/generated/autoscaling-v2.ts'
import type { Job } from '../../../kube/generated/batch-v1.ts'
import type { PersistentVolumeClaim, Pod, Service } from '../../../kube/generated/core-v1.ts'
import type { Ingress } from '../../../kube/generated/networking-v1.ts'
import { parseApiVersion } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import type { Application } from '../kinds/generated/application.ts'
import {
  type ConditionLike,
  conditionOf,
  degraded,
  type Health,
  type HealthCode,
  healthy,
  progressing,
} from './health-status.ts'
import { podHealth } from './pods.ts'
import { type RolloutLike, rolloutHealth } from './rollout.ts'
import { type GatewayLike, gatewayHealth, httpRouteHealth } from './routes.ts'
import {
  daemonSetHealth,
  deploymentHealth,
  jobHealth,
  replicaSetHealth,
  statefulSetHealth,
} from './workloads.ts'

/** A check for the objects of one `group/Kind`. The table guarantees the type of what it is given. */
const checks: Readonly<Record<string, (object: KubeObject) => Health>> = {
  'apps/Deployment': object => deploymentHealth(object as Deployment),
  'apps/ReplicaSet': object => replicaSetHealth(object as ReplicaSet),
  'apps/StatefulSet': object => statefulSetHealth(object as StatefulSet),
  'apps/DaemonSet': object => daemonSetHealth(object as DaemonSet),
  'batch/Job': object => jobHealth(object as Job),
  '/Pod': object => podHealth(object as Pod),
  '/Service': object => serviceHealth(object as Service),
  '/PersistentVolumeClaim': object => claimHealth(object as PersistentVolumeClaim),
  'networking.k8s.io/Ingress': object => ingressHealth(object as Ingress),
  'autoscaling/HorizontalPodAutoscaler': object => autoscalerHealth(object as HorizontalPodAutoscaler),
  'apiextensions.k8s.io/CustomResourceDefinition': object => definitionHealth(object as Conditioned),
  'argoproj.io/Rollout': object => rolloutHealth(object as RolloutLike),
  'argoproj.io/Application': object => applicationHealth(object as Application),
  'gateway.networking.k8s.io/Gateway': object => gatewayHealth(object as GatewayLike),
  'gateway.networking.k8s.io/HTTPRoute': object => httpRouteHealth(object as GatewayLike),
}

interface Conditioned extends KubeObject {
  status?: { conditions?: ConditionLike[] | undefined } | undefined
}

/** The health of a live object, or undefined for kinds that have none. Mirrors Argo CD's built-in checks. */
export function healthOf(object: KubeObject): Health | undefined {
  if (object.metadata.deletionTimestamp) return progressing('Pending deletion')
  const check = checks[`${parseApiVersion(object.apiVersion).group}/${object.kind}`]
  return check?.(object)
}

function serviceHealth({ spec, status }: Service): Health {
  if (spec.type !== 'LoadBalancer') return healthy()
  return (status?.loadBalancer?.ingress?.length ?? 0) > 0 ? healthy() : progressing()
}

function ingressHealth({ status }: Ingress): Health {
  return (status?.loadBalancer?.ingress?.length ?? 0) > 0 ? healthy() : progressing()
}

function claimHealth({ status }: PersistentVolumeClaim): Health {
  if (status?.phase === 'Bound') return healthy()
  return status?.phase === 'Lost' ? degraded('the volume is lost') : progressing()
}

const failedScaling = new Set([
  'FailedGetScale',
  'FailedUpdateScale',
  'FailedGetResourceMetric',
  'InvalidSelector',
  'InvalidMetricSourceType',
])

function autoscalerHealth({ status }: HorizontalPodAutoscaler): Health {
  const failed = status?.conditions?.find(
    condition => condition.status === 'False' && failedScaling.has(condition.reason ?? ''),
  )
  if (failed) return degraded(failed.message)
  return conditionOf(status?.conditions, 'AbleToScale')?.status === 'True'
    ? healthy(conditionOf(status?.conditions, 'AbleToScale')?.message)
    : progressing('Waiting to Autoscale')
}

function definitionHealth({ status }: Conditioned): Health {
  const refused = conditionOf(status?.conditions, 'NamesAccepted')
  if (refused?.status === 'False') return degraded(refused.message)
  return conditionOf(status?.conditions, 'Established')?.status === 'True'
    ? healthy()
    : progressing('waiting to be established')
}

function applicationHealth({ status }: Application): Health {
  const { status: code, message } = status?.health ?? {}
  // The controller of this capability writes no other codes.
  return code ? { status: code as HealthCode, ...(message ? { message } : {}) } : progressing()
}
