import type { Kind } from './kind.ts'
import { SelectorError } from './selectors.ts'

export interface FieldRequirement {
  field: string
  operator: '=' | '!='
  value: string
}

/** Splits `a=b,c!=d`; backslash escapes `,`, `=` and itself. Throws SelectorError in upstream's words. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  if (text === '') return []
  return splitTerms(text)
    .filter(term => term !== '')
    .map(term => {
      const match = /^((?:\\.|[^\\=!])*?)(==|!=|=)((?:\\.|[^\\])*)$/s.exec(term)
      if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`)
      const [, field = '', operator, value = ''] = match
      if (/(^|[^\\])(\\\\)*=/.test(value))
        throw new SelectorError(`invalid field selector: unescaped character in value: ${value}`)
      return { field, operator: operator === '!=' ? '!=' : '=', value: value.replace(/\\(.)/gs, '$1') }
    })
}

function splitTerms(text: string): string[] {
  const terms: string[] = []
  let current = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') current += text.slice(i, ++i + 1)
    else if (text[i] === ',') {
      terms.push(current)
      current = ''
    } else current += text[i]
  }
  return [...terms, current]
}

type Field = (object: Loose) => unknown
interface Loose {
  metadata?: { name?: string; namespace?: string }
  [key: string]: unknown
}

/** Reads a plain dotted path. */
const at = (path: string): Field => {
  const keys = path.split('.')
  return object => {
    let value: unknown = object
    for (const key of keys) {
      if (typeof value !== 'object' || value === null) return undefined
      value = (value as Record<string, unknown>)[key]
    }
    return value
  }
}
const fields = (...paths: string[]): Record<string, Field> =>
  Object.fromEntries(paths.map(path => [path, at(path)]))

const eventFields = (object: string): Record<string, Field> => ({
  ...fields('reason', 'type', 'reportingComponent'),
  source: event => at('source.component')(event) ?? at('reportingComponent')(event),
  ...Object.fromEntries(
    ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(key => [
      `${object}.${key}`,
      at(`${object}.${key}`),
    ]),
  ),
})

/** Fields beyond name and namespace that upstream can select by: `group/Kind` → field → how to read it. */
const supported: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  '/Pod': {
    ...fields(
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ),
    'status.podIPs': at('status.podIP'),
  },
  '/Event': eventFields('involvedObject'),
  'events.k8s.io/Event': { ...eventFields('regarding'), ...fields('reportingController') },
  '/Namespace': fields('status.phase'),
  '/Node': fields('spec.unschedulable'),
  '/Secret': fields('type'),
  '/Service': fields('spec.clusterIP', 'spec.type'),
  '/ReplicationController': fields('status.replicas'),
  'apps/ReplicaSet': fields('status.replicas'),
  'batch/Job': { 'status.successful': at('status.succeeded') },
  'certificates.k8s.io/CertificateSigningRequest': fields('spec.signerName'),
  'resource.k8s.io/ResourceSlice': fields('spec.nodeName', 'spec.driver'),
}
/** What an absent field compares as, where it is not the empty string. */
const zero: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
  'status.successful': '0',
}

/** The fields an object can be selected by, with their values as text. `selectable`: JSON paths that a CRD declares. */
export function fieldsFor(
  kind: Pick<Kind, 'group' | 'kind'>,
  object: object,
  selectable: readonly string[] = [],
): Record<string, string> {
  const loose = object as Loose
  const result: Record<string, string> = {
    'metadata.name': loose.metadata?.name ?? '',
    'metadata.namespace': loose.metadata?.namespace ?? '',
  }
  for (const [name, read] of Object.entries(supported[`${kind.group}/${kind.kind}`] ?? {}))
    result[name] = String(read(loose) ?? zero[name] ?? '')
  for (const path of selectable) {
    const name = path.replace(/^\./, '')
    result[name] = String(at(name)(loose) ?? '')
  }
  return result
}

/** The names that `fieldsFor` knows for a kind. */
export const supportedFields = (
  kind: Pick<Kind, 'group' | 'kind'>,
  selectable: readonly string[] = [],
): string[] => [
  'metadata.name',
  'metadata.namespace',
  ...Object.keys(supported[`${kind.group}/${kind.kind}`] ?? {}),
  ...selectable.map(path => path.replace(/^\./, '')),
]

/** Kinds with fields of their own have their words for others; `isCustom`: a definition says which there are. */
function unsupported(
  { group, kind }: Pick<Kind, 'group' | 'kind'>,
  field: string,
  isCustom: boolean,
): string {
  if (group === 'batch' && kind === 'Job') return `field label "${field}" not supported for Job`
  // Upstream selects ReplicaSets by their replicas without a conversion of its own.
  if (isCustom || (supported[`${group}/${kind}`] && group !== 'apps'))
    return `field label not supported: ${field}`
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
}

/**
 * The predicate of a field selector for one kind. Throws SelectorError where the text does not parse
 * or names a field that the kind cannot be selected by.
 */
export function compileFieldSelector(
  kind: Pick<Kind, 'group' | 'kind'>,
  text: string,
  selectable?: readonly string[],
): (object: object) => boolean {
  const requirements = parseFieldSelector(text)
  const known = new Set(supportedFields(kind, selectable))
  for (const { field } of requirements)
    if (!known.has(field)) throw new SelectorError(unsupported(kind, field, selectable !== undefined))
  if (requirements.length === 0) return () => true
  return object => {
    const values = fieldsFor(kind, object, selectable)
    return requirements.every(
      ({ field, operator, value }) => (values[field] === value) === (operator === '='),
    )
  }
}
