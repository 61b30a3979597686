import type { TableColumn } from '../../kube/columns/column.ts'
import { columnsFor } from '../../kube/columns/columns-for.ts'
import { customColumns } from '../../kube/columns/custom.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import { listMetadata } from '../pipeline/response.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs } from '../resources/served.ts'
import type { Form } from './accept.ts'

export interface TableOptions {
  /** How much of each object its row carries. */
  includeObject: 'None' | 'Metadata' | 'Object'
  now: number
}

/** A meta.k8s.io Table of what a request yields; undefined for what has no rows, such as a Status. */
export function tableOf(outcome: Outcome, form: Form, options: TableOptions): object | undefined {
  if (outcome.kind === 'plain') return undefined
  const { resource } = outcome
  const stored = outcome.kind === 'list' ? outcome.items : [outcome.stored]
  const objects = stored.map(one => objectAs(resource, one))
  const metadata =
    outcome.kind === 'list' ? listMetadata(outcome) : { resourceVersion: String(outcome.stored.revision) }
  return table({ resource, objects, metadata, form, options, withColumns: true })
}

export interface EventTableOptions extends TableOptions {
  form: Form
  withColumns: boolean
}

/** The Table of one event of a watch; columns are named in the first one only. */
export function eventTable(resource: Resource, object: KubeObject, options: EventTableOptions): object {
  const { form, withColumns } = options
  const metadata = { resourceVersion: object.metadata.resourceVersion }
  return table({ resource, objects: [object], metadata, form, options, withColumns })
}

interface Parts {
  resource: Resource
  objects: readonly KubeObject[]
  metadata: object
  form: Form
  options: TableOptions
  withColumns: boolean
}

function table({ resource, objects, metadata, form, options, withColumns }: Parts): object {
  const columns = columnsOf(resource)
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
    (resource.custom ? customColumns(resource.custom.version.additionalPrinterColumns) : columnsFor(resource))
  known.set(resource, columns)
  return columns
}
