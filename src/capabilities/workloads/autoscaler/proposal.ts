import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../../kube/generated/autoscaling-v2.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { formatQuantity, milliValue, quantityToNumber } from '../../../kube/quantity.ts'
import { goSelector, labelSelectorToString } from '../../../kube/selectors.ts'
import { isPodReady } from '../../../kube/pod.ts'
import type { MetricReader } from './metric-reader.ts'
import { groupPods, type PodValues, requestsOf } from './pod-values.ts'
import {
  averageOf,
  replicasByPods,
  replicasByShare,
  replicasByValue,
  type Tolerance,
  utilizationOf,
} from './replica-count.ts'

/** What one metric asks for. */
export interface Proposal {
  replicas: number
  /** How the metric is called in conditions and events. */
  name: string
  status: MetricStatus
}

/** The metric could not be read or used; `reason` is that of the ScalingActive condition. */
export class MetricError extends Error {
  override name = 'MetricError'
  readonly reason: string
  /** The message with what was asked for before it. */
  readonly whole: string

  constructor(reason: string, message: string, whole: string) {
    super(message)
    this.reason = reason
    this.whole = whole
  }
}

export interface Situation {
  autoscaler: HorizontalPodAutoscaler
  /** Replicas asked for and replicas there are. */
  current: number
  running: number
  namespace: string
  /** Of the target's pods, as text. */
  selector: string
  pods: readonly Pod[]
  now: number
}

/** A tenth, where the behaviour says nothing. */
const TOLERANCE = 0.1

/** Asks one metric how many replicas it wants. Throws MetricError. */
export async function propose(
  reader: MetricReader,
  metric: MetricSpec,
  situation: Situation,
): Promise<Proposal> {
  const fail =
    (reason: string, about: string, also = '') =>
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      throw new MetricError(reason, message, `failed to get ${about} value: ${also}${message}`)
    }
  const { resource, containerResource, pods, object, external } = metric
  switch (metric.type) {
    case 'Resource':
      if (!resource) break
      return byResource(reader, { ...resource, container: undefined }, situation)
        .then(({ current, ...rest }) => ({
          ...rest,
          status: { type: metric.type, resource: { name: resource.name, current } },
        }))
        .catch(fail('FailedGetResourceMetric', `${resource.name} resource metric`))
    case 'ContainerResource':
      if (!containerResource) break
      return byResource(reader, containerResource, situation)
        .then(({ current, ...rest }) => {
          const { name, container } = containerResource
          return { ...rest, status: { type: metric.type, containerResource: { name, container, current } } }
        })
        .catch(fail('FailedGetContainerResourceMetric', `${containerResource.container} container metric`))
    case 'Pods':
      if (!pods) break
      return byPods(reader, pods, situation).catch(fail('FailedGetPodsMetric', 'pods metric'))
    case 'Object':
      if (!object) break
      return byObject(reader, object, situation).catch(
        fail(
          'FailedGetObjectMetric',
          'object metric',
          object.target.averageValue === undefined
            ? ''
            : `failed to get ${object.metric.name} object metric: `,
        ),
      )
    case 'External':
      if (!external) break
      return byExternal(reader, external, situation).catch(
        fail(
          'FailedGetExternalMetric',
          `${external.metric.name} external metric`,
          external.target.averageValue === undefined
            ? `failed to get external metric ${external.metric.name}: `
            : `failed to get ${external.metric.name} external metric: `,
        ),
      )
  }
  const message = `unknown metric source type ${JSON.stringify(metric.type)}`
  throw new MetricError('InvalidMetricSourceType', message, message)
}

async function byResource(
  reader: MetricReader,
  { name, container, target }: { name: string; container: string | undefined; target: MetricTarget },
  situation: Situation,
): Promise<Omit<Proposal, 'status'> & { current: MetricValueStatus }> {
  const { averageValue, averageUtilization } = target
  const average = (milli: number) =>
    formatQuantity({
      nano: BigInt(Math.trunc(milli)) * 1_000_000n,
      format: name === 'memory' ? 'BinarySI' : 'DecimalSI',
    })
  const read = () =>
    reader.resource(name, container, situation).catch((error: Error) => {
      throw new Error(`unable to get metrics for resource ${name}: ${error.message}`, { cause: error })
    })
  if (averageValue !== undefined) {
    const count = await read()
      .then(values => countByAverage(values, milliValue(averageValue), { situation, resource: name }))
      .catch(failing(`${name} usage`))
    return {
      replicas: count.replicas,
      name: `${name} resource`,
      current: { averageValue: average(count.average) },
    }
  }
  if (averageUtilization === undefined)
    throw new Error(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    )
  const count = await read()
    .then(values => {
      const requests = requestsOf(counted(situation), name, container)
      return replicasByPods(values, {
        current: situation.current,
        groups: groupPods(counted(situation), values, { resource: name, now: situation.now }),
        tolerance: toleranceOf(situation.autoscaler),
        measure: some => utilizationOf(some, requests, averageUtilization),
        assumed: pod => ((requests.get(pod) ?? 0) * Math.max(100, averageUtilization)) / 100,
      })
    })
    .catch(failing(`${name} utilization`))
  const what = container === undefined ? 'resource' : 'container resource'
  return {
    replicas: count.replicas,
    name: `${name} ${what} utilization (percentage of request)`,
    current: { averageUtilization: count.utilization, averageValue: average(count.average) },
  }
}

/** Says first what was to be had. */
const failing =
  (what: string) =>
  (error: Error): never => {
    throw new Error(`failed to get ${what}: ${error.message}`, { cause: error })
  }

function countByAverage(
  values: PodValues,
  target: number,
  { situation, resource }: { situation: Situation; resource: string | undefined },
) {
  return replicasByPods(values, {
    current: situation.current,
    groups: groupPods(counted(situation), values, { resource, now: situation.now }),
    tolerance: toleranceOf(situation.autoscaler),
    measure: some => averageOf(some, target),
    assumed: () => target,
  })
}

function counted({ pods }: Situation): readonly Pod[] {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count')
  return pods
}

type PodsSource = NonNullable<MetricSpec['pods']>
type ObjectSource = NonNullable<MetricSpec['object']>
type ExternalSource = NonNullable<MetricSpec['external']>

async function byPods(
  reader: MetricReader,
  { metric, target }: PodsSource,
  situation: Situation,
): Promise<Proposal> {
  const values = await reader.pods(metric, situation).catch((error: Error) => {
    throw new Error(`unable to get metric ${metric.name}: ${error.message}`, { cause: error })
  })
  const count = countByAverage(values, milliValue(target.averageValue ?? 0), {
    situation,
    resource: undefined,
  })
  return {
    replicas: count.replicas,
    name: `pods metric ${metric.name}`,
    status: { type: 'Pods', pods: { metric, current: { averageValue: plain(count.average) } } },
  }
}

async function byObject(
  reader: MetricReader,
  { metric, target, describedObject }: ObjectSource,
  situation: Situation,
): Promise<Proposal> {
  const { kind, name } = describedObject
  const isAverage = target.averageValue !== undefined
  const usage = await reader.object(metric, describedObject, situation.namespace).catch((error: Error) => {
    const about = `${metric.name}: ${error.message} on ${kind} ${situation.namespace}/${name}`
    throw new Error(`unable to get metric ${about}`, { cause: error })
  })
  const { replicas, current } = bySingle(usage, target, { situation, source: 'object' })
  return {
    replicas,
    // Upstream calls an average so.
    name: isAverage
      ? `external metric ${metric.name}(${goSelector(metric.selector)})`
      : `${kind} metric ${metric.name}`,
    status: { type: 'Object', object: { describedObject, metric, current } },
  }
}

async function byExternal(
  reader: MetricReader,
  { metric, target }: ExternalSource,
  situation: Situation,
): Promise<Proposal> {
  const selector = metric.selector ? labelSelectorToString(metric.selector) : ''
  const shown = goSelector(metric.selector)
  const usage = await reader.external(metric.name, selector, situation.namespace).catch((error: Error) => {
    const about = `${situation.namespace}/${metric.name}/${shown}`
    throw new Error(`unable to get external metric ${about}: ${error.message}`, { cause: error })
  })
  const { replicas, current } = bySingle(usage, target, { situation, source: 'external' })
  return {
    replicas,
    name: `external metric ${metric.name}(${shown})`,
    status: { type: 'External', external: { metric, current } },
  }
}

function bySingle(
  usage: number,
  target: MetricTarget,
  { situation, source }: { situation: Situation; source: string },
): { replicas: number; current: MetricValueStatus } {
  const tolerance = toleranceOf(situation.autoscaler)
  const { current, running, pods } = situation
  if (target.averageValue !== undefined) {
    const { replicas, average } = replicasByShare(usage, milliValue(target.averageValue), {
      running,
      tolerance,
    })
    return { replicas, current: { averageValue: plain(average) } }
  }
  if (target.value === undefined)
    throw new Error(
      `invalid ${source} metric source: neither a value target nor an average value target was set`,
    )
  const ready = pods.filter(pod => pod.status?.phase === 'Running' && isPodReady(pod)).length
  const replicas = replicasByValue(usage, milliValue(target.value), { current, ready, tolerance })
  return { replicas, current: { value: plain(usage) } }
}

function toleranceOf({ spec: { behavior } }: HorizontalPodAutoscaler): Tolerance {
  const of = (text: string | undefined) => (text === undefined ? TOLERANCE : quantityToNumber(text))
  return { down: of(behavior?.scaleDown?.tolerance), up: of(behavior?.scaleUp?.tolerance) }
}

const plain = (milli: number): string =>
  formatQuantity({ nano: BigInt(Math.trunc(milli)) * 1_000_000n, format: 'DecimalSI' })
