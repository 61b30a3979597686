import { apiVersionOf } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import { listMetadata } from '../pipeline/response.ts'
import type { Resource } from '../resources/resource.ts'
import { objectAs, textAs } from '../resources/served.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { apiError } from '../../kube/status.ts'
import { type Form, PROTOBUF } from './accept.ts'
import { scaleTable, type TableOptions, tableText } from './table.ts'

/** An answer's JSON text, in pieces; like Go's encoder it ends with a new line. */
export function* render(outcome: Outcome, form: Form, options: TableOptions): Generator<string> {
  if (form.as === 'Table') {
    if (outcome.kind !== 'plain') {
      yield* tableText(outcome, form, options)
      return
    }
    const { kind } = outcome.object as Partial<KubeObject>
    if (kind === 'Scale') {
      // The kind says that it has the metadata of an object.
      yield `${JSON.stringify(scaleTable(outcome.object as KubeObject, form, options))}\n`
      return
    }
    refuseReview(outcome.object)
  }
  const partial = form.as !== undefined && form.as !== 'Table'
  switch (outcome.kind) {
    case 'plain':
      yield `${JSON.stringify(outcome.object)}\n`
      return
    case 'stored':
      yield partial
        ? JSON.stringify(partialOf(objectAs(outcome.resource, outcome.stored), form))
        : textAs(outcome.resource, outcome.stored)
      yield '\n'
      return
    case 'list':
      yield* renderList(outcome, partial ? form : undefined)
  }
}

/** The same in one piece. */
export const textOf = (outcome: Outcome, form: Form, options: TableOptions): string =>
  outcome.kind === 'stored' && form.as === undefined
    ? `${textAs(outcome.resource, outcome.stored)}\n`
    : [...render(outcome, form, options)].join('')

/** What is only asked, and never kept, has no rows; a Status stays what it is. */
function refuseReview(object: object): void {
  const { kind, metadata } = object as Partial<KubeObject>
  if (kind !== 'Status' && !metadata?.name)
    throw apiError(
      'NotAcceptable',
      `only the following media types are accepted: application/json, application/yaml, ${PROTOBUF}`,
    )
}

function* renderList(list: Extract<Outcome, { kind: 'list' }>, partial: Form | undefined): Generator<string> {
  const { resource, items } = list
  const kind = partial ? 'PartialObjectMetadataList' : resource.listKind
  const apiVersion = partial ? `meta.k8s.io/${partial.version}` : apiVersionOf(resource)
  const head = JSON.stringify({ kind, apiVersion, metadata: listMetadata(list) })
  const textOf = partial
    ? (stored: StoredObject) => JSON.stringify(partialOf(objectAs(resource, stored), partial))
    : itemText(resource)
  yield `${head.slice(0, -1)},"items":[`
  let separator = ''
  for (const stored of items) {
    if (separator) yield separator
    yield textOf(stored)
    separator = ','
  }
  yield ']}\n'
}

/** Items of built-in lists leave out their kind and apiVersion, as upstream's do. */
function itemText(resource: Resource): (stored: StoredObject) => string {
  if (resource.custom) return stored => textAs(resource, stored)
  const prefix = `{"kind":${JSON.stringify(resource.kind)},"apiVersion":${JSON.stringify(apiVersionOf(resource))},`
  return stored => {
    const text = textAs(resource, stored)
    return text.startsWith(prefix) ? `{${text.slice(prefix.length)}` : text
  }
}

/** Only the metadata of an object, as meta.k8s.io has it. */
export const partialOf = ({ metadata }: KubeObject, { version }: Form): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
})
