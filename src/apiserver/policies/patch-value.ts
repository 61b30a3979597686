import { ConstructedObject } from '../../languages/cel/constructed-object.ts'
import { EvaluationError } from '../../languages/cel/cel-error.ts'
import { toJson } from '../../languages/cel/json-value.ts'
import { List, Mapping, type Value } from '../../languages/cel/value.ts'
import type { Json } from '../../kube/schema/schema.ts'

/** The apply configuration that an expression has made. Throws Error where its types do not follow its fields. */
export function configurationOf(value: Value): Json {
  if (!(value instanceof ConstructedObject))
    throw new Error('unsupported return type from ApplyConfiguration expression')
  requireMatchingTypes(value)
  // An object becomes one.
  return toJson(value) as Json
}

/** The operations of the JSON patch that an expression has made. Throws Error. */
export function operationsOf(value: Value): Json[] {
  if (!(value instanceof List))
    throw new Error('type mismatch: JSONPatchType.expression should evaluate to array')
  return value.toArray().map(operation => {
    if (!(operation instanceof ConstructedObject) || operation.typeName !== 'JSONPatch')
      throw new Error('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch')
    return operationOf(operation)
  })
}

function operationOf({ fields }: ConstructedObject): Json {
  const text = (name: string) => {
    const value = fields.get(name) ?? ''
    if (typeof value !== 'string')
      throw new EvaluationError(`unexpected type for JSONPatchType '${name}' field`)
    return value
  }
  const [from, value] = [text('from'), fields.get('value')]
  if (value instanceof ConstructedObject) requireMatchingTypes(value)
  return {
    op: text('op'),
    path: text('path'),
    ...(from === '' ? {} : { from }),
    ...(value === undefined ? {} : { value: toJson(value) }),
  }
}

function requireMatchingTypes(object: ConstructedObject): void {
  const problems = mismatches(object, object.typeName)
  if (problems.length > 0) throw new Error(`type mismatch: ${problems.join('\n')}`)
}

/** `Object.spec{selector: Object.spec.wrong{}}`: the type of a field has to be named after the way to it. */
function mismatches(value: Value, path: string): string[] {
  if (value instanceof ConstructedObject) {
    const own =
      value.typeName === path
        ? []
        : [
            `unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
          ]
    return [...own, ...[...value.fields].flatMap(([name, field]) => mismatches(field, `${path}.${name}`))]
  }
  if (value instanceof List) return value.toArray().flatMap(item => mismatches(item, path))
  if (value instanceof Mapping) return value.keys().flatMap(key => mismatches(value.get(key) ?? null, path))
  return []
}
