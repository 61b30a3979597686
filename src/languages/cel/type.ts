type Kind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'list'
  | 'map'
  | 'type'
  | 'object'
  | 'opaque'
  | 'parameter'

/** A static type. `maxElements` bounds the size of its values in estimates of cost; `fields` are those of objects. */
export interface Type {
  readonly kind: Kind
  /** As messages write it, without parameters. */
  readonly name: string
  readonly parameters: readonly Type[]
  readonly fields?: ReadonlyMap<string, Field>
  readonly maxElements?: number
  /** How lists compare and add up: as lists, as sets, or by the keys of their items. */
  readonly listType?: 'set' | readonly string[]
}

/** A field of an object type: the name in JSON, which differs from the one in expressions where that is escaped. */
export interface Field {
  readonly jsonName: string
  readonly type: Type
}

const simple = (kind: Kind, name: string = kind): Type => ({ kind, name, parameters: [] })

export const boolType = simple('bool')
export const intType = simple('int')
export const uintType = simple('uint')
export const doubleType = simple('double')
export const stringType = simple('string')
export const bytesType = simple('bytes')
export const nullType = simple('null')
export const timestampType = simple('timestamp')
export const durationType = simple('duration')
export const dynType = simple('dyn')
export const errorType = simple('error', '!error!')

export const listOf = (element: Type): Type => ({ kind: 'list', name: 'list', parameters: [element] })
export const mapOf = (key: Type, value: Type): Type => ({
  kind: 'map',
  name: 'map',
  parameters: [key, value],
})
export const typeOf = (inner?: Type): Type => ({
  kind: 'type',
  name: 'type',
  parameters: inner ? [inner] : [],
})
export const optionalOf = (inner: Type): Type => opaqueType('optional_type', [inner])
export const opaqueType = (name: string, parameters: readonly Type[] = []): Type => ({
  kind: 'opaque',
  name,
  parameters,
})
export const typeParameter = (name: string): Type => simple('parameter', name)
export const objectType = (name: string, fields: ReadonlyMap<string, Field>): Type => ({
  kind: 'object',
  name,
  parameters: [],
  fields,
})

/** The fields of an object of which nothing is known: there is one of each name. */
class AnyFields extends Map<string, Field> {
  override get(name: string): Field {
    return { jsonName: name, type: dynType }
  }
  override has(): boolean {
    return true
  }
}
export const anyFields: ReadonlyMap<string, Field> = new AnyFields()

/** The parameter at the index; types of lists, maps and optionals have theirs. */
export const parameterOf = (type: Type, index: number): Type => type.parameters[index] ?? dynType

export const isDyn = ({ kind }: Type): boolean => kind === 'dyn'
export const isOptional = (type: Type): boolean => type.kind === 'opaque' && type.name === 'optional_type'

/** The type inside of an optional, or the type itself. */
export const unwrapped = (type: Type): Type => (isOptional(type) ? parameterOf(type, 0) : type)

export const sameType = (a: Type, b: Type): boolean =>
  a === b ||
  (a.kind === b.kind &&
    a.name === b.name &&
    a.fields === b.fields &&
    a.parameters.length === b.parameters.length &&
    a.parameters.every((parameter, index) => sameType(parameter, parameterOf(b, index))))

/** As messages write it: `map(string, list(int))`. */
export const formatType = ({ name, parameters }: Type): string =>
  parameters.length === 0 ? name : `${name}(${parameters.map(formatType).join(', ')})`
