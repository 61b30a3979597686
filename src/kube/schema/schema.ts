/** One rule of `x-kubernetes-validations`; `cel/` evaluates them. */
export interface ValidationRule {
  readonly rule: string
  readonly message?: string | undefined
  readonly messageExpression?: string | undefined
  readonly reason?: string | undefined
  readonly fieldPath?: string | undefined
  readonly optionalOldSelf?: boolean | undefined
}

/**
 * A node of an OpenAPI v3 schema as CustomResourceDefinitions write it, or of a built-in type.
 * Holds no `$ref`: built-in nodes are linked to each other, so the graph may have cycles.
 */
export interface Schema {
  readonly type?: string | undefined
  readonly format?: string | undefined
  readonly nullable?: boolean | undefined
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly additionalProperties?: Schema | boolean | undefined
  readonly items?: Schema | undefined
  readonly required?: readonly string[] | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly pattern?: string | undefined
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly exclusiveMinimum?: boolean | undefined
  readonly exclusiveMaximum?: boolean | undefined
  readonly multipleOf?: number | undefined
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
  readonly minItems?: number | undefined
  readonly maxItems?: number | undefined
  readonly uniqueItems?: boolean | undefined
  readonly minProperties?: number | undefined
  readonly maxProperties?: number | undefined
  readonly allOf?: readonly Schema[] | undefined
  readonly anyOf?: readonly Schema[] | undefined
  readonly oneOf?: readonly Schema[] | undefined
  readonly not?: Schema | undefined
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | undefined
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined
  readonly 'x-kubernetes-list-type'?: string | undefined
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined
  readonly 'x-kubernetes-map-type'?: string | undefined
  readonly 'x-kubernetes-patch-strategy'?: string | undefined
  readonly 'x-kubernetes-patch-merge-key'?: string | undefined
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[] | undefined
  /** Set on nodes of built-in types, which decode like Go structs: null means absent, `required` is left to `validation/`. */
  readonly builtin?: true | undefined
  /** The type's short name upstream (`DeploymentSpec`), for messages; only on roots of built-in types. */
  readonly typeName?: string | undefined
  /** The same with its package (`v1.DeploymentSpec`). */
  readonly goType?: string | undefined
  /** Fields of a built-in type that Go writes even when nobody set them, with what it writes: their zero. */
  readonly written?: Readonly<Record<string, unknown>> | undefined
  /** Fields of a built-in type that are pointers to scalars in Go, so that their zero is a value. */
  readonly pointers?: ReadonlySet<string> | undefined
}

/** A JSON object. */
export type Json = Record<string, unknown>

export const isJsonObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `path.key`, or `key` at the root. */
export const childPath = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
