import type { Client } from '../../../kernel/client.ts'
import type { CrossVersionObjectReference, MetricIdentifier } from '../../../kube/generated/autoscaling-v2.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { milliValue } from '../../../kube/quantity.ts'
import type { LabelSelector } from '../../../kube/generated/meta-v1.ts'
import { labelSelectorToString } from '../../../kube/selectors.ts'
import { parseDuration } from '../../../lib/go-duration.ts'
import type { PodValues } from './pod-values.ts'

interface PodMetrics extends KubeObject {
  timestamp: string
  window: string
  containers?: { name: string; usage: Record<string, string> }[] | undefined
}
const PodMetrics: Kind<PodMetrics> = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  namespaced: true,
}

/** An item of the custom and external metrics APIs. */
interface MetricValue extends KubeObject {
  describedObject?: { name?: string } | undefined
  timestamp: string
  windowSeconds?: number | undefined
  value: string
}

/** What the window of a sample is where its source does not say. */
const DEFAULT_WINDOW_MS = 60_000

/** Reads the metrics APIs. Values are thousandths; failures are told in the words of upstream's client. */
export class MetricReader {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Usage of a resource by pod; of one container of each where one is named. */
  async resource(
    resource: string,
    container: string | undefined,
    { namespace, selector }: { namespace: string; selector: string },
  ): Promise<PodValues> {
    const { items } = await this.#client
      .list(PodMetrics, { namespace, labelSelector: selector })
      .catch(error => {
        throw unfetched('resource', error, 'pods.metrics.k8s.io')
      })
    if (items.length === 0) throw new Error('no metrics returned from resource metrics API')
    const values: PodValues = new Map()
    for (const { metadata, timestamp, window, containers = [] } of items) {
      const counted = containers.filter(({ name }) => container === undefined || name === container)
      const usages = counted.map(({ usage }) => usage[resource])
      if (usages.length === 0 || usages.includes(undefined)) continue
      values.set(metadata.name, {
        value: usages.reduce((sum, usage) => sum + milliValue(usage ?? 0), 0),
        at: Date.parse(timestamp),
        windowMs: parseDuration(window),
      })
    }
    return values
  }

  /** A custom metric by pod. */
  async pods(
    { name, selector: series }: MetricIdentifier,
    { namespace, selector }: { namespace: string; selector: string },
  ): Promise<PodValues> {
    const items = await this.#values('custom', `pods/*/${name}`, {
      namespace,
      labelSelector: selector,
      ...ofSeries(series),
    })
    return new Map(
      items.map(({ describedObject, timestamp, windowSeconds, value }) => [
        describedObject?.name ?? '',
        {
          value: milliValue(value),
          at: Date.parse(timestamp),
          windowMs: windowSeconds === undefined ? DEFAULT_WINDOW_MS : windowSeconds * 1000,
        },
      ]),
    )
  }

  /** A custom metric of one object of the namespace. */
  async object(
    { name, selector }: MetricIdentifier,
    described: CrossVersionObjectReference,
    namespace: string,
  ): Promise<number> {
    const kind = await this.#client.resolve(described.apiVersion || 'v1', described.kind)
    if (!kind) throw new Error(`no matches for kind "${described.kind}" in version "${described.apiVersion}"`)
    const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
    const [first] = await this.#values('custom', `${resource}/${described.name}/${name}`, {
      namespace,
      ...ofSeries(selector),
    })
    return milliValue(first?.value ?? 0)
  }

  /** The sum of an external metric's series. */
  async external(metric: string, labelSelector: string, namespace: string): Promise<number> {
    const items = await this.#values('external', metric, { namespace, labelSelector })
    return items.reduce((sum, { value }) => sum + milliValue(value), 0)
  }

  /** These APIs list below paths that name the metric where others have the plural of a kind. */
  async #values(
    api: 'custom' | 'external',
    plural: string,
    options: { namespace: string; labelSelector?: string; metricLabelSelector?: string },
  ): Promise<MetricValue[]> {
    const group = `${api}.metrics.k8s.io`
    // Adapters serve one or both versions; what is read of them is the same.
    const [version, older] = api === 'custom' ? ['v1beta2', 'v1beta1'] : ['v1beta1']
    const list = (of: string) => {
      const kind: Kind<MetricValue> = { group, version: of, kind: 'MetricValue', plural, namespaced: true }
      return this.#client.list(kind, options)
    }
    const { items } = await list(version ?? '')
      .catch(error => {
        if (older === undefined || !isUnserved(error)) throw error
        return list(older)
      })
      .catch(error => {
        throw unfetched(api, error, `${plural}.${group}`)
      })
    if (items.length === 0) throw new Error(`no metrics returned from ${api} metrics API`)
    return items
  }
}

/** The series of a metric that a selector picks; without one, all. */
const ofSeries = (selector: LabelSelector | undefined) =>
  selector ? { metricLabelSelector: labelSelectorToString(selector) } : {}

const isUnserved = ({ message }: Error): boolean =>
  message === 'the server could not find the requested resource'

/** Where nobody serves the API, in the words of upstream's clients: the one of custom metrics looks for it first. */
function unfetched(api: string, error: Error, resource: string): Error {
  const { message } = error
  const unserved =
    api === 'custom'
      ? 'no custom metrics API (custom.metrics.k8s.io) registered'
      : `${message} (get ${resource})`
  const said = isUnserved(error) ? unserved : message
  return new Error(`unable to fetch metrics from ${api} metrics API: ${said}`, { cause: error })
}
