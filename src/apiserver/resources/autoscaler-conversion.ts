import type { HorizontalPodAutoscaler as AutoscalerV1 } from '../../kube/generated/autoscaling-v1.ts'
import type {
  HorizontalPodAutoscaler as AutoscalerV2,
  MetricSpec,
} from '../../kube/generated/autoscaling-v2.ts'
import type { KubeObject } from '../../kube/object.ts'

/** Annotations by which autoscaling/v1 carries what it has no fields for. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics'
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior'
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions'

const isCpu = (metric: MetricSpec) =>
  metric.type === 'Resource' &&
  metric.resource?.name === 'cpu' &&
  metric.resource.target.type === 'Utilization'

/** Keeps everything: CPU utilisation becomes its field, the rest goes into annotations. */
export function autoscalerV2ToV1(kept: KubeObject): KubeObject {
  // Only autoscalers are kept there.
  const { metadata, spec, status } = kept as unknown as AutoscalerV2
  const {
    metrics = [],
    behavior,
    ...common
  } = spec ?? { scaleTargetRef: { kind: '', name: '' }, maxReplicas: 0 }
  const cpu = metrics.find(isCpu)?.resource?.target.averageUtilization
  const others = metrics.filter(metric => !isCpu(metric))
  const { conditions, currentMetrics, ...counts } = status ?? {}
  const usage = currentMetrics?.find(({ resource }) => resource?.name === 'cpu')?.resource?.current
    .averageUtilization
  const annotations = {
    ...metadata.annotations,
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others) } : {}),
    ...(behavior ? { [BEHAVIOR]: JSON.stringify(behavior) } : {}),
    ...(conditions?.length ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
  }
  return {
    kind: kept.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...common, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
    ...(status
      ? { status: { ...counts, ...(usage === undefined ? {} : { currentCPUUtilizationPercentage: usage }) } }
      : {}),
  } as unknown as KubeObject
}

/** The other way. Annotations that do not parse are left where they are. */
export function autoscalerV1ToV2(served: KubeObject): KubeObject {
  // Bodies of autoscaling/v1 were decoded by its schema.
  const { metadata, spec, status } = served as unknown as AutoscalerV1
  const { targetCPUUtilizationPercentage: cpu, ...common } = spec ?? {
    scaleTargetRef: { kind: '', name: '' },
    maxReplicas: 0,
  }
  const {
    [METRICS]: metrics,
    [BEHAVIOR]: behavior,
    [CONDITIONS]: conditions,
    ...annotations
  } = metadata.annotations ?? {}
  const target = { type: 'Utilization', averageUtilization: cpu }
  const all = [
    ...(cpu === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }]),
    ...[parsed(metrics) ?? []].flat(),
  ]
  const { currentCPUUtilizationPercentage: usage, ...counts } = status ?? {}
  const current = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: usage } } }
  const { annotations: _carried, ...rest } = metadata
  return {
    kind: served.kind,
    apiVersion: 'autoscaling/v2',
    metadata: { ...rest, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: {
      ...common,
      ...(all.length > 0 ? { metrics: all } : {}),
      ...(parsed(behavior) ? { behavior: parsed(behavior) } : {}),
    },
    ...(status
      ? {
          status: {
            ...counts,
            ...(usage === undefined ? {} : { currentMetrics: [current] }),
            ...(parsed(conditions) ? { conditions: parsed(conditions) } : {}),
          },
        }
      : {}),
  } as unknown as KubeObject
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
