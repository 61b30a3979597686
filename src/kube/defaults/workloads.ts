import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../generated/apps-v1.ts'
import type { HorizontalPodAutoscaler as AutoscalerV1 } from '../generated/autoscaling-v1.ts'
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../generated/autoscaling-v2.ts'
import type { CronJob, Job } from '../generated/batch-v1.ts'
import type { PersistentVolumeClaim, ReplicationController } from '../generated/core-v1.ts'
import { podTemplateDefaults } from './pod.ts'

export function deploymentDefaults({ spec }: Deployment): void {
  if (!spec) return
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  spec.strategy ??= {}
  spec.strategy.type ||= 'RollingUpdate'
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {}
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
    spec.strategy.rollingUpdate.maxSurge ??= '25%'
  }
  spec.template ??= {}
  podTemplateDefaults(spec.template)
}

export function replicaSetDefaults({ spec }: ReplicaSet): void {
  if (!spec) return
  spec.replicas ??= 1
  spec.template ??= {}
  podTemplateDefaults(spec.template)
}

export function replicationControllerDefaults({ spec, metadata }: ReplicationController): void {
  if (!spec) return
  spec.replicas ??= 1
  const labels = spec.template?.metadata?.labels
  if (labels && !spec.selector) spec.selector = { ...labels }
  if (labels && !metadata.labels) metadata.labels = { ...labels }
  podTemplateDefaults(spec.template)
}

export function statefulSetDefaults({ spec }: StatefulSet): void {
  if (!spec) return
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  spec.podManagementPolicy ||= 'OrderedReady'
  spec.updateStrategy ??= {}
  if (!spec.updateStrategy.type) {
    spec.updateStrategy.type = 'RollingUpdate'
    spec.updateStrategy.rollingUpdate ??= {}
  }
  const { type, rollingUpdate } = spec.updateStrategy
  if (type === 'RollingUpdate' && rollingUpdate) rollingUpdate.partition ??= 0
  const retention = spec.persistentVolumeClaimRetentionPolicy
  spec.persistentVolumeClaimRetentionPolicy = {
    whenDeleted: retention?.whenDeleted || 'Retain',
    whenScaled: retention?.whenScaled || 'Retain',
  }
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1'
    claim.kind = 'PersistentVolumeClaim'
    claimDefaults(claim)
  }
  spec.template ??= {}
  podTemplateDefaults(spec.template)
}

export function claimDefaults(claim: PersistentVolumeClaim): void {
  if (claim.spec) claim.spec.volumeMode ??= 'Filesystem'
  claim.status ??= {}
  claim.status.phase ||= 'Pending'
}

/** Counts the changes of the template; a field of versions that are gone, which `apps/v1` shows as an annotation. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

export function daemonSetDefaults({ spec, metadata }: DaemonSet): void {
  if (metadata.annotations?.[TEMPLATE_GENERATION] === undefined)
    metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: '0' }
  if (!spec) return
  spec.revisionHistoryLimit ??= 10
  spec.updateStrategy ??= {}
  spec.updateStrategy.type ||= 'RollingUpdate'
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {}
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.template ??= {}
  podTemplateDefaults(spec.template)
}

export function jobDefaults({ spec, metadata }: Job): void {
  if (!spec) return
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.manualSelector ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  const labels = spec.template?.metadata?.labels
  // The very same labels: what creation adds to the template's, it adds to those that come from there.
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels
  spec.template ??= {}
  podTemplateDefaults(spec.template)
}

export function cronJobDefaults({ spec }: CronJob): void {
  if (!spec) return
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  podTemplateDefaults(spec.jobTemplate?.spec?.template)
}

/** Metrics of v2 that v1 cannot say, kept where v1 clients do not lose them. */
const METRICS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/metrics'

export function oldAutoscalerDefaults({ spec, metadata }: AutoscalerV1): void {
  if (!spec) return
  spec.minReplicas ??= 1
  if (!metadata.annotations?.[METRICS_ANNOTATION]) spec.targetCPUUtilizationPercentage ??= 80
}

export function autoscalerDefaults({ spec }: HorizontalPodAutoscaler): void {
  if (!spec) return
  spec.minReplicas ??= 1
  if (!spec.metrics?.length)
    spec.metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ]
  if (!spec.behavior) return
  const percent = { type: 'Percent', value: 100, periodSeconds: 15 }
  spec.behavior.scaleUp = scalingRules(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, percent],
  })
  spec.behavior.scaleDown = scalingRules(spec.behavior.scaleDown, { policies: [percent] })
}

const scalingRules = (rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules => ({
  selectPolicy: 'Max',
  ...defaults,
  ...rules,
})
