import type { HorizontalPodAutoscaler as AutoscalerV1 } from '../../kube/generated/autoscaling-v1.ts'
import type {
  HorizontalPodAutoscaler as AutoscalerV2,
  MetricSpec,
} from '../../kube/generated/autoscaling-v2.ts'
import type { KubeObject } from '../../kube/object.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'

/** Annotations by which autoscaling/v1 carries what it has no fields for. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics'
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior'
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions'

const isCpu = (metric: MetricSpec) =>
  metric.type === 'Resource' &&
  metric.resource?.name === 'cpu' &&
  metric.resource.target.type === 'Utilization'

const bothCounts = (counts: object) => ({ currentReplicas: 0, desiredReplicas: 0, ...counts })

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
    ...(behavior ? { [BEHAVIOR]: JSON.stringify(inGo(behavior)) } : {}),
    ...(conditions?.length ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
  }
  return {
    kind: kept.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...common, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
    ...(status
      ? {
          status: {
            ...bothCounts(counts),
            ...(usage === undefined ? {} : { currentCPUUtilizationPercentage: usage }),
          },
        }
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
  const { currentCPUUtilizationPercentage: usage, currentReplicas, ...desired } = status ?? {}
  // Written always there, and here only where there are some.
  const counts = currentReplicas ? { currentReplicas, ...desired } : desired
  const current = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: usage } } }
  const { annotations: _carried, ...rest } = metadata
  return {
    kind: served.kind,
    apiVersion: 'autoscaling/v2',
    metadata: { ...rest, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: {
      ...common,
      ...(all.length > 0 ? { metrics: all } : {}),
      ...(parsed(behavior) ? { behavior: fromGo(parsed(behavior)) } : {}),
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

type Behaviour = NonNullable<AutoscalerV2['spec']>['behavior']
type Rules = NonNullable<NonNullable<Behaviour>['scaleUp']>

/** As upstream writes it there: the names and the order of its structure in Go. */
function inGo({ scaleUp, scaleDown }: NonNullable<Behaviour>): object {
  const rules = (side: Rules | undefined) =>
    side
      ? {
          StabilizationWindowSeconds: side.stabilizationWindowSeconds ?? null,
          SelectPolicy: side.selectPolicy ?? null,
          Policies:
            side.policies?.map(({ type, value, periodSeconds }) => ({
              Type: type,
              Value: value,
              PeriodSeconds: periodSeconds,
            })) ?? null,
          Tolerance: side.tolerance ?? null,
        }
      : null
  return { ScaleUp: rules(scaleUp), ScaleDown: rules(scaleDown) }
}

/** Any capitalisation, as Go reads it, and without what is null. */
function fromGo(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromGo)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key.charAt(0).toLowerCase() + key.slice(1), fromGo(child)]),
  )
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
