import type { Node, Pod } from '../../kube/generated/core-v1.ts'
import { nameColumn, text, type TableColumn } from '../../kube/columns/column.ts'
import { formatDuration } from '../../kube/duration.ts'
import type { KubeObject } from '../../kube/object.ts'
import { addQuantities, formatQuantity } from '../../kube/quantity.ts'
import { objectMetaSchema } from '../../kube/schema/builtin.ts'
import type { Schema } from '../../kube/schema/schema.ts'
import { toTime } from '../../lib/clock.ts'
import { plainBehaviour } from '../resources/behaviour.ts'
import type { Derivation } from '../resources/derived.ts'
import type { Resource } from '../resources/resource.ts'
import type { Usage, UsageSource } from './usage-source.ts'

export const GROUP = 'metrics.k8s.io'
export const VERSION = 'v1beta1'

interface Quantities {
  cpu: string
  memory: string
}

interface NodeMetrics {
  metadata: KubeObject['metadata']
  timestamp: string
  window: string
  usage: Quantities
}

type PodMetrics = Omit<NodeMetrics, 'usage'> & { containers: { name: string; usage: Quantities }[] }

/** `metrics.k8s.io/v1beta1` as metrics-server serves it: `nodes` and `pods`, made of what a source measures. */
export const usageResources = (source: UsageSource, now: () => number): Resource[] => [
  resource({
    plural: 'nodes',
    kind: 'NodeMetrics',
    fields: { usage: quantities },
    derived: {
      ...from('nodes', 'nodemetrics'),
      columns: columns(({ usage }: NodeMetrics) => [usage]),
      derive(object) {
        // It is made of nodes.
        const sampled = source.ofNode(object as unknown as Node)
        if (!sampled) return undefined
        return {
          ...header('NodeMetrics', object, { now: now(), ...sampled }),
          usage: quantitiesOf(sampled.usage),
        }
      },
    },
  }),
  resource({
    plural: 'pods',
    kind: 'PodMetrics',
    fields: { containers: { type: 'array', items: containerUsage } },
    derived: {
      ...from('pods', 'podmetrics'),
      columns: columns(({ containers }: PodMetrics) => containers.map(({ usage }) => usage)),
      derive(object) {
        // It is made of pods.
        const sampled = source.ofPod(object as unknown as Pod)
        if (!sampled) return undefined
        const containers = [...sampled.containers].map(([name, usage]) => ({
          name,
          usage: quantitiesOf(usage),
        }))
        return { ...header('PodMetrics', object, { now: now(), ...sampled }), containers }
      },
    },
  }),
]

const from = (plural: string, notFoundAs: string) => ({
  from: `/${plural}`,
  fromResource: { group: '', plural },
  notFoundAs,
})

function header(
  kind: string,
  { metadata }: KubeObject,
  { now, at, windowMs }: { now: number; at: number; windowMs: number },
) {
  const { name, namespace, labels } = metadata
  return {
    kind,
    apiVersion: `${GROUP}/${VERSION}`,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      creationTimestamp: toTime(now),
      ...(labels ? { labels: { ...labels } } : {}),
      // What is not kept has neither uid nor resourceVersion.
    } as KubeObject['metadata'],
    timestamp: toTime(at),
    window: formatDuration(windowMs),
  }
}

const quantitiesOf = ({ cpuNanocores, memoryBytes }: Usage): Quantities => ({
  cpu: formatQuantity({ nano: BigInt(Math.round(cpuNanocores)), format: 'DecimalSI' }),
  memory: formatQuantity({ nano: BigInt(Math.round(memoryBytes)) * 1_000_000_000n, format: 'BinarySI' }),
})

function columns<T extends NodeMetrics | PodMetrics>(usagesOf: (object: T) => Quantities[]): TableColumn[] {
  const sum = (resource: keyof Quantities) => (object: T) =>
    usagesOf(object)
      .map(usage => usage[resource])
      .reduce((total, one) => addQuantities(total, one))
  const own: TableColumn<T>[] = [
    { ...text('cpu', sum('cpu')), format: 'quantity' },
    { ...text('memory', sum('memory')), format: 'quantity' },
    { ...text('Window', ({ window }) => window), format: 'duration' },
  ]
  // Cells get objects of the resource that the columns belong to.
  return [{ ...nameColumn, description: 'Name of the resource' }, ...own] as unknown as TableColumn[]
}

const quantities: Schema = { type: 'object', additionalProperties: { type: 'string' } }
const containerUsage: Schema = {
  type: 'object',
  required: ['name', 'usage'],
  properties: { name: { type: 'string' }, usage: quantities },
}

interface Described {
  plural: string
  kind: string
  fields: Record<string, Schema>
  derived: Derivation
}

const resource = ({ plural, kind, fields, derived }: Described): Resource => ({
  group: GROUP,
  version: VERSION,
  plural,
  singular: '',
  kind,
  listKind: `${kind}List`,
  namespaced: plural === 'pods',
  shortNames: [],
  categories: [],
  verbs: ['get', 'list'],
  subresources: {},
  get schema(): Schema {
    return {
      type: 'object',
      required: ['timestamp', 'window', ...Object.keys(fields)],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: objectMetaSchema(),
        timestamp: { type: 'string', format: 'date-time' },
        window: { type: 'string' },
        ...fields,
      },
    }
  },
  storageName: `${GROUP}/${plural}`,
  conversion: undefined,
  behaviour: plainBehaviour,
  scale: undefined,
  custom: undefined,
  derived,
})
