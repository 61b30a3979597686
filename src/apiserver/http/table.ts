import type { TableColumn } from '../../kube/columns/column.ts'
import { columnsFor } from '../../kube/columns/columns-for.ts'
import { customColumns } from '../../kube/columns/custom.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import { listMetadata } from '../pipeline/response.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs, textAs } from '../resources/served.ts'
import { metadataText } from '../store/metadata-text.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { Form } from './accept.ts'

export interface TableOptions {
  /** How much of each object its row carries. */
  includeObject: 'None' | 'Metadata' | 'Object'
  now: number
}

/** The JSON text of a meta.k8s.io Table of what a request yields, in pieces. */
export function* tableText(
  outcome: Exclude<Outcome, { kind: 'plain' }>,
  form: Form,
  options: TableOptions,
): Generator<string> {
  const { resource } = outcome
  const stored = outcome.kind === 'list' ? outcome.items : [outcome.stored]
  const metadata =
    outcome.kind === 'list'
      ? listMetadata(outcome)
      : { resourceVersion: outcome.stored.object.metadata.resourceVersion }
  const columns = columnsOf(resource)
  const empty = JSON.stringify(table({ columns, objects: [], metadata, form, options, withColumns: true }))
  yield empty.slice(0, -']}'.length)
  const rowPieces = rows(resource, form, options)
  let separator = ''
  for (const one of stored) {
    if (separator) yield separator
    yield* rowPieces(one)
    separator = ','
  }
  yield ']}\n'
}

/** What the JSON text of a row consists of. */
function rows(resource: Resource, form: Form, { includeObject, now }: TableOptions) {
  const columns = columnsOf(resource)
  const partial = `,"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${form.version}","metadata":`
  return (stored: StoredObject): readonly string[] => {
    const object = objectAs(resource, stored)
    const cells = JSON.stringify(columns.map(column => column.cell(object, now)))
    if (includeObject === 'None') return ['{"cells":', cells, '}']
    if (includeObject === 'Object') return ['{"cells":', cells, ',"object":', textAs(resource, stored), '}']
    const known = resource.conversion ? undefined : metadataText(stored.text)
    return ['{"cells":', cells, partial, known ?? JSON.stringify(object.metadata), '}}']
  }
}

export interface EventTableOptions extends TableOptions {
  form: Form
  withColumns: boolean
}

/** The Table of one event of a watch; columns are named in the first one only. */
export function eventTable(resource: Resource, object: KubeObject, options: EventTableOptions): object {
  const { form, withColumns } = options
  const metadata = { resourceVersion: object.metadata.resourceVersion }
  return table({ columns: columnsOf(resource), objects: [object], metadata, form, options, withColumns })
}

/** The Table of a Scale, which no list holds. */
export function scaleTable(scale: KubeObject, form: Form, options: TableOptions): object {
  const columns = columnsFor({ group: 'autoscaling', kind: 'Scale' })
  const { resourceVersion } = scale.metadata
  return table({ columns, objects: [scale], metadata: { resourceVersion }, form, options, withColumns: true })
}

interface Parts {
  columns: readonly TableColumn[]
  objects: readonly KubeObject[]
  metadata: object
  form: Form
  options: TableOptions
  withColumns: boolean
}

function table({ columns, objects, metadata, form, options, withColumns }: Parts): object {
  const apiVersion = `meta.k8s.io/${form.version}`
  const rowObject = (object: KubeObject) => {
    if (options.includeObject === 'None') return {}
    if (options.includeObject === 'Object') return { object }
    return { object: { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata } }
  }
  return {
    kind: 'Table',
    apiVersion,
    metadata,
    columnDefinitions: withColumns
      ? columns.map(({ name, type, format, description, priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        }))
      : null,
    rows: objects.map(object => ({
      cells: columns.map(column => column.cell(object, options.now)),
      ...rowObject(object),
    })),
  }
}

const known = new WeakMap<Resource, readonly TableColumn[]>()

function columnsOf(resource: Resource): readonly TableColumn[] {
  const columns =
    known.get(resource) ??
    resource.derived?.columns ??
    (resource.custom ? customColumns(resource.custom.version.additionalPrinterColumns) : columnsFor(resource))
  known.set(resource, columns)
  return columns
}
