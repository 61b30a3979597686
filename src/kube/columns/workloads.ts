import type { Scale } from '../generated/autoscaling-v1.ts'
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from '../generated/apps-v1.ts'
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../generated/autoscaling-v2.ts'
import type { CronJob, Job } from '../generated/batch-v1.ts'
import type { PodTemplateSpec } from '../generated/core-v1.ts'
import type { LabelSelector } from '../generated/meta-v1.ts'
import type { PodDisruptionBudget } from '../generated/policy-v1.ts'
import { humanDuration } from '../duration.ts'
import { labelSelectorToString, SelectorError } from '../selectors.ts'
import {
  age,
  ageColumn,
  integer,
  labelsText,
  nameColumn,
  orNone,
  type TableColumn,
  text,
  wide,
  named,
} from './column.ts'

interface Templated {
  spec?: { template?: PodTemplateSpec | undefined; selector?: LabelSelector | undefined } | undefined
}

export const containers = wide(
  text<Templated>('Containers', ({ spec }) =>
    (spec?.template?.spec?.containers ?? []).map(({ name }) => name).join(','),
  ),
)
export const images = wide(
  text<Templated>('Images', ({ spec }) =>
    (spec?.template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
  ),
)
const selector = wide(text<Templated>('Selector', ({ spec }) => selectorText(spec?.selector)))

export function selectorText(value: LabelSelector | undefined): string {
  try {
    return orNone(value && labelSelectorToString(value))
  } catch (error) {
    if (error instanceof SelectorError) return '<error>'
    throw error
  }
}

export const deploymentColumns: readonly TableColumn<Deployment>[] = [
  nameColumn,
  text('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`),
  named(
    'string',
    integer('Up-to-date', ({ status }) => status?.updatedReplicas ?? 0),
  ),
  named(
    'string',
    integer('Available', ({ status }) => status?.availableReplicas ?? 0),
  ),
  ageColumn,
  containers,
  images,
  selector,
]

export const replicaSetColumns: readonly TableColumn<ReplicaSet>[] = [
  nameColumn,
  integer('Desired', ({ spec }) => spec?.replicas ?? 1),
  integer('Current', ({ status }) => status?.replicas ?? 0),
  integer('Ready', ({ status }) => status?.readyReplicas ?? 0),
  ageColumn,
  containers,
  images,
  selector,
]

export const statefulSetColumns: readonly TableColumn<StatefulSet>[] = [
  nameColumn,
  text('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`),
  ageColumn,
  containers,
  images,
]

export const daemonSetColumns: readonly TableColumn<DaemonSet>[] = [
  nameColumn,
  integer('Desired', ({ status }) => status?.desiredNumberScheduled ?? 0),
  integer('Current', ({ status }) => status?.currentNumberScheduled ?? 0),
  integer('Ready', ({ status }) => status?.numberReady ?? 0),
  integer('Up-to-date', ({ status }) => status?.updatedNumberScheduled ?? 0),
  integer('Available', ({ status }) => status?.numberAvailable ?? 0),
  text('Node Selector', ({ spec }) => labelsText(spec?.template.spec?.nodeSelector)),
  ageColumn,
  containers,
  images,
  selector,
]

export const revisionColumns: readonly TableColumn<ControllerRevision>[] = [
  nameColumn,
  text('Controller', ({ metadata }) => {
    const owner = metadata.ownerReferences?.find(reference => reference.controller)
    return owner ? `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0]}/${owner.name}` : '<none>'
  }),
  named(
    'string',
    integer('Revision', ({ revision }) => revision),
  ),
  ageColumn,
]

/** By its conditions, in the order of upstream's printer: only a Job whose pods were taken back is Suspended. */
function jobStatus({ metadata, status }: Job): string {
  const isTrue = (type: string) =>
    status?.conditions?.some(condition => condition.type === type && condition.status === 'True')
  for (const end of ['Complete', 'Failed']) if (isTrue(end)) return end
  if (metadata.deletionTimestamp) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(isTrue) ?? 'Running'
}

export const jobColumns: readonly TableColumn<Job>[] = [
  nameColumn,
  text('Status', jobStatus),
  text('Completions', ({ spec, status }) => {
    const done = status?.succeeded ?? 0
    if (spec?.completions !== undefined) return `${done}/${spec.completions}`
    const parallelism = spec?.parallelism ?? 1
    return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
  }),
  text('Duration', ({ status }, now) => {
    if (!status?.startTime) return ''
    const end = status.completionTime ? Date.parse(status.completionTime) : now
    return humanDuration(end - Date.parse(status.startTime))
  }),
  ageColumn,
  containers,
  images,
  selector,
]

export const cronJobColumns: readonly TableColumn<CronJob>[] = [
  nameColumn,
  text('Schedule', ({ spec }) => spec?.schedule ?? ''),
  text('Timezone', ({ spec }) => orNone(spec?.timeZone)),
  named(
    'boolean',
    text('Suspend', ({ spec }) => (spec?.suspend ? 'True' : 'False')),
  ),
  integer('Active', ({ status }) => status?.active?.length ?? 0),
  text('Last Schedule', ({ status }, now) =>
    status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>',
  ),
  ageColumn,
  wide(
    text('Containers', ({ spec }) =>
      (spec?.jobTemplate.spec?.template.spec?.containers ?? []).map(({ name }) => name).join(','),
    ),
  ),
  wide(
    text('Images', ({ spec }) =>
      (spec?.jobTemplate.spec?.template.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
    ),
  ),
  wide(text('Selector', () => '<none>')),
]

function metricText(spec: MetricSpec, current: readonly MetricStatus[]): string {
  const source = spec.resource ?? spec.containerResource ?? spec.pods ?? spec.object ?? spec.external
  const status = current.find(candidate => candidate.type === spec.type && sameMetric(spec, candidate))
  const now = (
    status?.resource ??
    status?.containerResource ??
    status?.pods ??
    status?.object ??
    status?.external
  )?.current
  const { averageUtilization, averageValue, value } = source?.target ?? {}
  const name = spec.resource?.name ?? spec.containerResource?.name
  const prefix = name ? `${name}: ` : ''
  if (averageUtilization !== undefined)
    return `${prefix}${now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}%`}/${averageUtilization}%`
  if (averageValue !== undefined)
    return `${prefix}${now?.averageValue ?? '<unknown>'}/${averageValue}${spec.resource || spec.pods ? '' : ' (avg)'}`
  return `${prefix}${now?.value ?? '<unknown>'}/${value ?? '<auto>'}`
}
const sameMetric = (spec: MetricSpec, status: MetricStatus): boolean =>
  spec.resource?.name === status.resource?.name &&
  spec.containerResource?.name === status.containerResource?.name

export const autoscalerColumns: readonly TableColumn<HorizontalPodAutoscaler>[] = [
  nameColumn,
  text('Reference', ({ spec }) => `${spec?.scaleTargetRef.kind ?? ''}/${spec?.scaleTargetRef.name ?? ''}`),
  text('Targets', ({ spec, status }) => {
    const metrics = spec?.metrics ?? []
    if (metrics.length === 0) return '<none>'
    const shown = metrics.slice(0, 2).map(metric => metricText(metric, status?.currentMetrics ?? []))
    return `${shown.join(', ')}${metrics.length > 2 ? ` + ${metrics.length - 2} more...` : ''}`
  }),
  text('MinPods', ({ spec }) => (spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas))),
  named(
    'string',
    integer('MaxPods', ({ spec }) => spec?.maxReplicas ?? 0),
  ),
  named(
    'string',
    integer('Replicas', ({ status }) => status?.currentReplicas ?? 0),
  ),
  ageColumn,
]

export const disruptionBudgetColumns: readonly TableColumn<PodDisruptionBudget>[] = [
  nameColumn,
  text('Min Available', ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
  text('Max Unavailable', ({ spec }) => String(spec?.maxUnavailable ?? 'N/A')),
  integer('Allowed Disruptions', ({ status }) => status?.disruptionsAllowed ?? 0),
  ageColumn,
]

export const scaleColumns: readonly TableColumn<Scale>[] = [
  nameColumn,
  integer('Desired', ({ spec }) => spec?.replicas ?? 0),
  integer('Available', ({ status }) => status?.replicas ?? 0),
  ageColumn,
]
