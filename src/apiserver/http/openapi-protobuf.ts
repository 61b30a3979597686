import { isJsonObject, type Json } from '../../kube/schema/schema.ts'

/**
 * OpenAPI 2 in the protobuf form of gnostic's `openapi.v2.Document`, the only one that kubectl before 1.29 asks
 * for. Of paths it holds the patch operations, where those clients look which query parameters a kind takes.
 */
export function openapiV2Protobuf(document: Json): Buffer {
  const { swagger, info, paths, definitions } = document
  return message(
    text(1, swagger),
    nested(2, message(text(1, object(info).title), text(2, object(info).version))),
    nested(8, message(...named(2, paths, pathItem))),
    nested(9, message(...named(1, definitions, schema))),
  )
}

type Part = Buffer | undefined

const message = (...parts: readonly Part[]): Buffer => Buffer.concat(parts.filter(part => part !== undefined))
const object = (value: unknown): Json => (isJsonObject(value) ? value : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const VARINT = 0
const DOUBLE = 1
const BYTES = 2

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

const tag = (number: number, type: number) => varint(number * 8 + type)

function nested(number: number, content: Buffer): Buffer {
  return Buffer.concat([tag(number, BYTES), varint(content.length), content])
}

const text = (number: number, value: unknown): Part =>
  typeof value === 'string' ? nested(number, Buffer.from(value)) : undefined

const flag = (number: number, value: unknown): Part =>
  value === true ? Buffer.concat([tag(number, VARINT), varint(1)]) : undefined

const count = (number: number, value: unknown): Part =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? Buffer.concat([tag(number, VARINT), varint(value)])
    : undefined

function double(number: number, value: unknown): Part {
  if (typeof value !== 'number') return undefined
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([tag(number, DOUBLE), bytes])
}

/** `Any` carries YAML; JSON is YAML. */
const any = (number: number, value: unknown): Part =>
  value === undefined ? undefined : nested(number, message(text(2, JSON.stringify(value))))

/** A map as repeated pairs of name and value. */
const named = (number: number, map: unknown, encode: (value: Json) => Buffer): Buffer[] =>
  Object.entries(object(map)).map(([name, value]) =>
    nested(number, message(text(1, name), nested(2, encode(object(value))))),
  )

const extensions = (number: number, of: Json): Part[] =>
  Object.entries(of)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => nested(number, message(text(1, name), any(2, value))))

function pathItem({ patch }: Json): Buffer {
  if (!isJsonObject(patch)) return message()
  return nested(
    8,
    message(text(5, patch.operationId), ...list(patch.parameters).map(parameter), ...extensions(13, patch)),
  )
}

/** Query parameters only: ParametersItem → Parameter → NonBodyParameter → QueryParameterSubSchema. */
function parameter(value: unknown): Part {
  const { name, in: place, type, uniqueItems } = object(value)
  if (place !== 'query') return undefined
  const query = message(text(2, place), text(4, name), text(6, type), flag(20, uniqueItems))
  return nested(8, nested(1, nested(2, nested(3, query))))
}

function schema(value: Json): Buffer {
  const { additionalProperties: rest, items, type, properties } = value
  return message(
    text(1, value.$ref),
    text(2, value.format),
    text(4, value.description),
    any(5, value.default),
    double(6, value.multipleOf),
    double(7, value.maximum),
    double(9, value.minimum),
    count(11, value.maxLength),
    count(12, value.minLength),
    text(13, value.pattern),
    count(14, value.maxItems),
    count(15, value.minItems),
    flag(16, value.uniqueItems),
    count(17, value.maxProperties),
    count(18, value.minProperties),
    ...list(value.required).map(name => text(19, name)),
    ...list(value.enum).map(one => any(20, one)),
    isJsonObject(rest) ? nested(21, nested(1, schema(rest))) : undefined,
    rest === true ? nested(21, message(flag(2, true))) : undefined,
    typeof type === 'string' ? nested(22, message(text(1, type))) : undefined,
    isJsonObject(items) ? nested(23, nested(1, schema(items))) : undefined,
    ...list(value.allOf).map(one => nested(24, schema(object(one)))),
    properties ? nested(25, message(...named(1, properties, schema))) : undefined,
    ...extensions(31, value),
  )
}
