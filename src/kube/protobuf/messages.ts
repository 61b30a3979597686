import { loadData } from '../data.ts'
import { parseApiVersion } from '../kind.ts'

/** Scalars of the wire, or the way a message appears in JSON where that is not an object of its fields. */
export type ScalarType = 'string' | 'bool' | 'bytes' | 'int32' | 'int64' | 'double'
export type SpecialType =
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'json'
  | 'strings'
  | 'schemaOrBool'
  | 'schemaOrArray'
  | 'schemaOrStrings'

export type FieldType =
  | { kind: 'scalar'; scalar: ScalarType }
  | { kind: 'special'; special: SpecialType }
  | { kind: 'message'; message: string }

export interface Field {
  number: number
  /** The JSON name; for `inline` fields the message's fields stand in the parent. */
  name: string
  inline: boolean
  repeated: boolean
  /** A map from strings to `type`. */
  map: boolean
  /** A pointer in Go, so that zero is a value; the zero of other scalars means absent. */
  pointer: boolean
  type: FieldType
}

export interface Message {
  byNumber: ReadonlyMap<number, Field>
  /** Descending by number: the encoder writes backwards. */
  descending: readonly Field[]
}

type Row = readonly [name: string, number: number, label: string, type: string]

const META = 'k8s.io.apimachinery.pkg.apis.meta.v1.'
const EXTENSIONS = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.'

const scalars = new Set<string>(['string', 'bool', 'bytes', 'int32', 'int64', 'double'])
const specials = new Map<string, SpecialType>([
  ['k8s.io.apimachinery.pkg.api.resource.Quantity', 'quantity'],
  ['k8s.io.apimachinery.pkg.util.intstr.IntOrString', 'intOrString'],
  ['k8s.io.apimachinery.pkg.runtime.RawExtension', 'json'],
  [`${META}Time`, 'time'],
  [`${META}MicroTime`, 'microTime'],
  [`${META}Duration`, 'duration'],
  [`${META}FieldsV1`, 'json'],
  [`${META}Verbs`, 'strings'],
  ...['authentication', 'authorization', 'certificates'].flatMap(group =>
    ['v1', 'v1beta1'].map(version => [`k8s.io.api.${group}.${version}.ExtraValue`, 'strings'] as const),
  ),
  ...['v1', 'v1beta1'].flatMap(
    version =>
      [
        [`${EXTENSIONS}${version}.JSON`, 'json'],
        [`${EXTENSIONS}${version}.JSONSchemaPropsOrBool`, 'schemaOrBool'],
        [`${EXTENSIONS}${version}.JSONSchemaPropsOrArray`, 'schemaOrArray'],
        [`${EXTENSIONS}${version}.JSONSchemaPropsOrStringArray`, 'schemaOrStrings'],
      ] as const,
  ),
])

/** Messages whose fields stand in their parent's JSON, by the field that holds them (Go embeds them inline). */
const inlineFields = new Set([
  'localObjectReference',
  'ruleWithOperations',
  'ephemeralContainerCommon',
  'persistentVolumeSource',
  'volumeSource',
  'ingressRuleValue',
  'deviceConfiguration',
])
/** As above where the name alone does not tell. */
const inlineIn = new Set(['Probe.handler', 'RuleWithOperations.rule'])

/** JSON names that are not the protobuf name with a lower-case first letter, by message and field. */
const renamed: Readonly<Record<string, string>> = {
  'BoundObjectReference.uID': 'uid',
  'DaemonEndpoint.Port': 'Port',
  'IngressClassParametersReference.aPIGroup': 'apiGroup',
  'JSONSchemaProps.schema': '$schema',
  'JSONSchemaProps.ref': '$ref',
  'JSONSchemaProps.xKubernetesPreserveUnknownFields': 'x-kubernetes-preserve-unknown-fields',
  'JSONSchemaProps.xKubernetesEmbeddedResource': 'x-kubernetes-embedded-resource',
  'JSONSchemaProps.xKubernetesIntOrString': 'x-kubernetes-int-or-string',
  'JSONSchemaProps.xKubernetesListMapKeys': 'x-kubernetes-list-map-keys',
  'JSONSchemaProps.xKubernetesListType': 'x-kubernetes-list-type',
  'JSONSchemaProps.xKubernetesMapType': 'x-kubernetes-map-type',
  'JSONSchemaProps.xKubernetesValidations': 'x-kubernetes-validations',
}

const rows = () => loadData('kubernetes/protobuf.json') as Readonly<Record<string, readonly Row[]>>
const pointers = () => loadData('kubernetes/pointers.json') as Readonly<Record<string, readonly string[]>>
const compiled = new Map<string, Message>()

/** The fields of a message by its full name; compiled when first asked for. */
export function messageOf(name: string): Message {
  const known = compiled.get(name)
  if (known) return known
  const dot = name.lastIndexOf('.')
  const short = name.slice(dot + 1)
  const pointerFields = new Set(pointers()[name])
  const fields = (rows()[name] ?? []).map(row => toField(row, name.slice(0, dot), short, pointerFields))
  const message = {
    byNumber: new Map(fields.map(field => [field.number, field])),
    descending: fields.sort((a, b) => b.number - a.number),
  }
  compiled.set(name, message)
  return message
}

function toField(
  [name, number, label, type]: Row,
  scope: string,
  message: string,
  pointers: ReadonlySet<string>,
): Field {
  const json = renamed[`${message}.${name}`] ?? name.charAt(0).toLowerCase() + name.slice(1)
  const isMap = type.startsWith('map<')
  const inner = isMap ? type.slice(type.indexOf(',') + 1, -1).trim() : type
  const fieldType = typeOf(inner, scope)
  return {
    number,
    name: json,
    inline: fieldType.kind === 'message' && (inlineFields.has(name) || inlineIn.has(`${message}.${name}`)),
    repeated: label === 'repeated',
    map: isMap,
    pointer: pointers.has(json),
    type: fieldType,
  }
}

function typeOf(type: string, scope: string): FieldType {
  if (scalars.has(type)) return { kind: 'scalar', scalar: type as ScalarType }
  const name = type.startsWith('.') ? type.slice(1) : type.startsWith('k8s.io.') ? type : `${scope}.${type}`
  const special = specials.get(name)
  return special ? { kind: 'special', special } : { kind: 'message', message: name }
}

/** Groups whose package is not named after their first word. */
const packages: Readonly<Record<string, string>> = {
  '': 'core',
  'internal.apiserver.k8s.io': 'apiserverinternal',
  'custom.metrics.k8s.io': 'custom_metrics',
  'external.metrics.k8s.io': 'external_metrics',
}
const scopes = [
  'k8s.io.api.',
  'k8s.io.apiextensions_apiserver.pkg.apis.',
  'k8s.io.kube_aggregator.pkg.apis.',
  'k8s.io.metrics.pkg.apis.',
]

/** The message of a kind, or undefined; kinds of meta/v1 (options, Status) exist in every group. */
export function messageName(apiVersion: string, kind: string): string | undefined {
  const { group, version } = parseApiVersion(apiVersion)
  const folder = packages[group] ?? group.split('.')[0] ?? ''
  const candidates = scopes.map(scope => `${scope}${folder}.${version}.${kind}`)
  return [...candidates, META + kind].find(name => Object.hasOwn(rows(), name))
}
