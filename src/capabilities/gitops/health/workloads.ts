import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { Job } from '../../../kube/generated/batch-v1.ts'
import { conditionOf, degraded, type Health, healthy, progressing, suspended } from './health-status.ts'

const waiting = (what: string): Health => progressing(`Waiting for rollout to finish: ${what}`)

const isObserved = (object: {
  metadata: { generation?: number | undefined }
  status?: { observedGeneration?: number | undefined } | undefined
}): boolean => (object.metadata.generation ?? 0) <= (object.status?.observedGeneration ?? 0)

export function deploymentHealth(deployment: Deployment): Health {
  if (deployment.spec.paused) return suspended('Deployment is paused')
  if (!isObserved(deployment)) return waiting('observed deployment generation less than desired generation')
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions } = deployment.status ?? {}
  const wanted = deployment.spec.replicas ?? 1
  if (conditionOf(conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded')
    return degraded(`Deployment "${deployment.metadata.name}" exceeded its progress deadline`)
  if (updatedReplicas < wanted)
    return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated...`)
  if (replicas > updatedReplicas)
    return waiting(`${replicas - updatedReplicas} old replicas are pending termination...`)
  if (availableReplicas < updatedReplicas)
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available...`)
  return healthy()
}

export function replicaSetHealth(replicaSet: ReplicaSet): Health {
  if (!isObserved(replicaSet)) return waiting('observed replica set generation less than desired generation')
  const { availableReplicas = 0, conditions } = replicaSet.status ?? {}
  const failure = conditionOf(conditions, 'ReplicaFailure')
  if (failure?.status === 'True') return degraded(failure.message)
  const wanted = replicaSet.spec.replicas ?? 1
  if (availableReplicas < wanted)
    return waiting(`${availableReplicas} out of ${wanted} new replicas are available...`)
  return healthy()
}

export function statefulSetHealth(set: StatefulSet): Health {
  if (!isObserved(set)) return waiting('observed stateful set generation less than desired generation')
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = set.status ?? {}
  const wanted = set.spec.replicas ?? 1
  if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} pods are ready...`)
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  if (set.spec.updateStrategy?.type === 'OnDelete') return healthy()
  if (partition > 0) {
    if (updatedReplicas < wanted - partition)
      return waiting(`${updatedReplicas} out of ${wanted - partition} new pods have been updated...`)
    return healthy(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`)
  }
  if (updateRevision !== currentRevision)
    return waiting(`${updatedReplicas} pods are at revision ${updateRevision}...`)
  return healthy()
}

export function daemonSetHealth(set: DaemonSet): Health {
  if (!isObserved(set)) return waiting('observed daemon set generation less than desired generation')
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = set.status ?? {}
  if (set.spec.updateStrategy?.type === 'OnDelete') return healthy()
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(`${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`)
  if (numberAvailable < desiredNumberScheduled)
    return waiting(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`)
  return healthy()
}

export function jobHealth(job: Job): Health {
  const failed = conditionOf(job.status?.conditions, 'Failed')
  if (failed?.status === 'True') return degraded(failed.message)
  const complete = conditionOf(job.status?.conditions, 'Complete')
  if (complete?.status === 'True') return healthy(complete.message)
  if (conditionOf(job.status?.conditions, 'Suspended')?.status === 'True')
    return suspended('Job is suspended')
  return progressing()
}
