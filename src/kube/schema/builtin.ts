import { loadData } from '../data.ts'
import type { Schema } from './schema.ts'

/** A definition as the data file has it: `$ref` by name. */
export interface RawSchema extends Omit<Schema, 'properties' | 'items' | 'additionalProperties'> {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, RawSchema>>
  readonly items?: RawSchema
  readonly additionalProperties?: RawSchema
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const PREFIX = '#/definitions/'
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.'
const anything: Schema = { builtin: true, nullable: true, 'x-kubernetes-preserve-unknown-fields': true }

/** Types whose JSON form is not what their OpenAPI definition says. */
const special: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { builtin: true, nullable: true, format: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    builtin: true,
    nullable: true,
    format: 'int-or-string',
    'x-kubernetes-int-or-string': true,
  },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { ...anything, type: 'object' },
  [`${META}FieldsV1`]: { ...anything, type: 'object', 'x-kubernetes-map-type': 'atomic' },
  [`${EXTENSIONS}JSON`]: anything,
  [`${EXTENSIONS}JSONSchemaPropsOrStringArray`]: anything,
}
/** A schema or something else (a boolean, an array): linked as the schema, without insisting on an object. */
const schemaOr = new Set([`${EXTENSIONS}JSONSchemaPropsOrBool`, `${EXTENSIONS}JSONSchemaPropsOrArray`])

const writtenFields = () =>
  loadData('kubernetes/written.json') as Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The file names types as Go paths do, and with `_` for `-`. */
function pointerFields(name: string): ReadonlySet<string> | undefined {
  const fields = (loadData('kubernetes/pointers.json') as Readonly<Record<string, readonly string[]>>)[
    name.replace(/^io\.k8s\./, 'k8s.io.').replaceAll('-', '_')
  ]
  return fields && new Set(fields)
}

const linked = new Map<string, Schema>()
let names: Map<string, string> | undefined

/** All definitions by name, unlinked: what the OpenAPI documents are made of. */
export const definitions = (): Readonly<Record<string, RawSchema>> =>
  loadData('kubernetes/definitions.json') as Readonly<Record<string, RawSchema>>

/** The definition's name for a built-in kind, e.g. `io.k8s.api.apps.v1.Deployment`. */
export function definitionName(group: string, version: string, kind: string): string | undefined {
  names ??= new Map(
    Object.entries(definitions()).flatMap(([name, definition]) =>
      (definition['x-kubernetes-group-version-kind'] ?? []).map(
        gvk => [`${gvk.group}/${gvk.version}/${gvk.kind}`, name] as const,
      ),
    ),
  )
  return names.get(`${group}/${version}/${kind}`)
}

/** The schema of a built-in kind (also of lists and options, such as DeleteOptions), or undefined. */
export function builtinSchema(group: string, version: string, kind: string): Schema | undefined {
  const name = definitionName(group, version, kind)
  return name === undefined ? undefined : link(name)
}

/** The schema of `metadata` in any object. */
export const objectMetaSchema = (): Schema => link(`${META}ObjectMeta`)

/** The schema of any built-in type, by definition name. */
export function link(name: string): Schema {
  const known = special[name] ?? linked.get(name)
  if (known) return known
  const isSchemaOr = schemaOr.has(name)
  const own = isSchemaOr ? `${EXTENSIONS}JSONSchemaProps` : name
  const raw = definitions()[own]
  if (!raw) throw new Error(`no definition named ${name}`)
  const node: Mutable<Schema> = {}
  // Known before its fields are linked, because types may contain themselves.
  linked.set(name, node)
  Object.assign(node, linkNode(raw), {
    typeName: name.slice(name.lastIndexOf('.') + 1),
    goType: name.split('.').slice(-2).join('.'),
    written: writtenFields()[own],
    pointers: pointerFields(own),
  })
  if (isSchemaOr) delete node.type
  return node
}

function linkNode(raw: RawSchema): Schema {
  const { $ref, properties, items, additionalProperties, ...rest } = raw
  if ($ref !== undefined) {
    const target = link($ref.slice(PREFIX.length))
    // Siblings of $ref (a patch strategy) belong to the field, not to the type.
    return Object.keys(rest).length === 0 ? target : siblings(target, rest)
  }
  const node: Mutable<Schema> = { ...rest, builtin: true, nullable: true }
  if (properties)
    node.properties = Object.fromEntries(
      Object.entries(properties).map(([key, child]) => [key, linkNode(child)]),
    )
  if (items) node.items = linkNode(items)
  if (additionalProperties) node.additionalProperties = linkNode(additionalProperties)
  return node
}

/** The target's node with a field's own settings in front; reads through, since the target may be linked later. */
const siblings = (target: Schema, own: Partial<Schema>): Schema =>
  Object.assign(Object.create(target) as Schema, own)
