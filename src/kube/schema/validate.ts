import { equalJson } from '../copy.ts'
import {
  duplicate,
  type FieldError,
  invalidValue,
  NO_FIELD,
  notSupported,
  required,
  tooLong,
  tooMany,
} from './field-error.ts'
import { matchesFormat } from './formats.ts'
import { patternOf } from './pattern.ts'
import { childPath, isJsonObject, type Json, type Schema } from './schema.ts'
import { listMapKey } from './list-map-key.ts'

/** More errors than this help nobody; the rest is left out. */
const MAX_ERRORS = 100

/**
 * Checks a value against a schema, in the wording of upstream's CRD validation.
 * Nodes of built-in types are checked for JSON types only: their rules are not in OpenAPI (see `validation/`).
 */
export function validateSchema(schema: Schema, object: unknown, path = ''): FieldError[] {
  const errors: FoundError[] = []
  check(schema, object, path, errors)
  return shown(errors)
}

/**
 * As `validateSchema` for an object that replaces another: values that stay as they were are let through, as upstream
 * lets them, so that a definition may become stricter.
 */
export function validateChange(schema: Schema, object: unknown, previous: unknown): FieldError[] {
  const errors: FoundError[] = []
  checkChange(schema, { value: object, previous, path: '' }, errors)
  return shown(errors)
}

interface FoundError extends FieldError {
  /** Upstream's error knows of no field, though its text names one. */
  isUnplaced?: true
}

const shown = (errors: readonly FoundError[]): FieldError[] =>
  errors.map(({ isUnplaced, ...error }) => (isUnplaced ? { ...error, field: NO_FIELD } : error))

const unplaced = (path: string, detail: string): FoundError => ({
  ...invalidValue(path, '', detail),
  isUnplaced: true,
})

interface Change {
  readonly value: unknown
  readonly previous: unknown
  readonly path: string
}

/** Checks what is at this place as if it had nothing in it that did not change. */
function checkChange(schema: Schema, { value, previous, path }: Change, errors: FoundError[]): void {
  if (previous === undefined) {
    check(schema, value, path, errors)
    return
  }
  if (equalJson(value, previous)) return
  const found: FoundError[] = []
  check(schema, value, path, found)
  if (found.length === 0) return
  errors.push(...found.filter(({ field }) => !isWithinUnchanged(schema, { value, previous, path }, field)))
}

/** Whether an error's field is in a part of the value that is as it was. */
function isWithinUnchanged(schema: Schema, { value, previous, path }: Change, field: string): boolean {
  const isBelow = (key: string) => field === key || field.startsWith(`${key}.`) || field.startsWith(`${key}[`)
  if (isJsonObject(value) && isJsonObject(previous)) {
    for (const key in value) {
      const below = childPath(path, key)
      if (!isBelow(below) || previous[key] === undefined) continue
      if (equalJson(value[key], previous[key])) return true
      const known =
        schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
      const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
      const child = known ?? rest
      return (
        child !== undefined &&
        isWithinUnchanged(child, { value: value[key], previous: previous[key], path: below }, field)
      )
    }
    return false
  }
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (!Array.isArray(value) || !Array.isArray(previous) || !schema.items || keys.length === 0) return false
  const index = value.findIndex((_, position) => isBelow(`${path}[${position}]`))
  const item: unknown = value[index]
  if (!isJsonObject(item)) return false
  const id = JSON.stringify(listMapKey(schema, keys, item))
  const old: unknown = previous.find(
    other => isJsonObject(other) && JSON.stringify(listMapKey(schema, keys, other)) === id,
  )
  if (old === undefined) return false
  return (
    equalJson(item, old) ||
    isWithinUnchanged(schema.items, { value: item, previous: old, path: `${path}[${index}]` }, field)
  )
}

const MIN_INT32 = -(2 ** 31)
const MAX_INT32 = 2 ** 31 - 1

const inBody = (path: string) => `${path} in body`
const typeNames: Readonly<Record<string, string>> = { boolean: 'boolean', string: 'string', number: 'number' }

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeNames[typeof value] ?? 'object'
}

function mismatch(path: string, expected: string, actual: string): FieldError {
  const type = 'FieldValueTypeInvalid'
  return {
    type,
    field: path,
    value: actual,
    detail: `${inBody(path)} must be of type ${expected}: ${JSON.stringify(actual)}`,
  }
}

function check(schema: Schema, value: unknown, path: string, errors: FoundError[]): void {
  if (errors.length >= MAX_ERRORS) return
  if (value === null && schema.nullable) return
  const actual = typeOf(value)
  if (schema['x-kubernetes-int-or-string']) {
    if (actual !== 'integer' && actual !== 'string') {
      errors.push(mismatch(path, 'integer,string', actual))
      return
    }
  } else if (schema.type !== undefined && schema.type !== actual) {
    if (!(schema.type === 'number' && actual === 'integer')) {
      errors.push(mismatch(path, schema.type, actual))
      checkEnum(schema, value, path, errors)
      return
    }
  }
  if (schema.allOf || schema.anyOf || schema.oneOf || schema.not) checkCombined(schema, value, path, errors)
  if (typeof value === 'string') checkString(schema, value, path, errors)
  else if (typeof value === 'number') checkNumber(schema, value, path, errors)
  else if (Array.isArray(value)) checkArray(schema, value, path, errors)
  checkEnum(schema, value, path, errors)
  if (isJsonObject(value)) checkObject(schema, value, path, errors)
}

function checkEnum(schema: Schema, value: unknown, path: string, errors: FoundError[]): void {
  if (schema.enum && !schema.enum.some(allowed => same(allowed, value)))
    errors.push(notSupported(path, value, schema.enum))
}

function checkString(schema: Schema, value: string, path: string, errors: FoundError[]): void {
  const { pattern, format } = schema
  const wrongLength = lengthProblem(schema, value, path)
  if (wrongLength) errors.push(wrongLength)
  else if (pattern !== undefined && patternOf(pattern)?.test(value) === false)
    errors.push(invalidValue(path, value, `${inBody(path)} should match '${pattern}'`))
  if (format !== undefined && schema.builtin !== true && !matchesFormat(format, value))
    errors.push(mismatch(path, format, value))
}

function lengthProblem(
  { minLength, maxLength }: Schema,
  value: string,
  path: string,
): FieldError | undefined {
  if (maxLength === undefined && minLength === undefined) return undefined
  // Characters are code points; most strings have none outside the basic plane.
  const length = /[\ud800-\udbff]/.test(value) ? [...value].length : value.length
  if (maxLength !== undefined && length > maxLength) return tooLong(path, maxLength)
  if (minLength !== undefined && length < minLength)
    return invalidValue(path, value, `${inBody(path)} should be at least ${minLength} chars long`)
  return undefined
}

function checkNumber(schema: Schema, value: number, path: string, errors: FoundError[]): void {
  const { type, format, minimum, maximum, multipleOf } = schema
  if (type === 'integer' && format === 'int32' && (value < MIN_INT32 || value > MAX_INT32))
    errors.push(unplaced(path, `Checked value must be of type integer with format ${format} in ${path}`))
  const fail = (rule: string) => errors.push(invalidValue(path, value, `${inBody(path)} should be ${rule}`))
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum && value >= maximum) fail(`less than ${maximum}`)
    else if (value > maximum) fail(`less than or equal to ${maximum}`)
  }
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum && value <= minimum) fail(`greater than ${minimum}`)
    else if (value < minimum) fail(`greater than or equal to ${minimum}`)
  }
  if (multipleOf !== undefined && multipleOf > 0) {
    const quotient = value / multipleOf
    if (Math.abs(quotient - Math.round(quotient)) > 1e-9) fail(`a multiple of ${multipleOf}`)
  }
}

function checkArray(schema: Schema, value: readonly unknown[], path: string, errors: FoundError[]): void {
  const { items, minItems, maxItems } = schema
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems))
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalidValue(path, value.length, `${inBody(path)} should have at least ${minItems} items`))
  if (schema.uniqueItems && new Set(value.map(item => JSON.stringify(item))).size < value.length)
    errors.push(invalidValue(path, value, `${inBody(path)} shouldn't contain duplicates`))
  if (items) for (let i = 0; i < value.length; i++) check(items, value[i], `${path}[${i}]`, errors)
  const listType = schema['x-kubernetes-list-type']
  if (schema.builtin !== true && (listType === 'map' || listType === 'set'))
    checkUnique(schema, value, path, errors)
}

function checkUnique(schema: Schema, value: readonly unknown[], path: string, errors: FoundError[]): void {
  const keys =
    schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined
  const seen = new Set<string>()
  value.forEach((item, index) => {
    const shown = keys && isJsonObject(item) ? listMapKey(schema, keys, item) : item
    const id = JSON.stringify(shown)
    if (seen.has(id)) errors.push(duplicate(`${path}[${index}]`, shown))
    seen.add(id)
  })
}

function checkObject(schema: Schema, value: Json, path: string, errors: FoundError[]): void {
  const { properties, additionalProperties, minProperties, maxProperties } = schema
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined
  let count = 0
  for (const key in value) {
    count++
    const child = properties && Object.hasOwn(properties, key) ? properties[key] : rest
    if (child && value[key] !== undefined) check(child, value[key], childPath(path, key), errors)
  }
  if (schema.required && schema.builtin !== true)
    for (const key of schema.required)
      if (value[key] === undefined) errors.push(required(childPath(path, key)))
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties))
  if (minProperties !== undefined && count < minProperties)
    errors.push(invalidValue(path, count, `${inBody(path)} should have at least ${minProperties} properties`))
}

/** allOf, anyOf, oneOf and not; their branches state value rules only, as structural schemas demand. */
function checkCombined(schema: Schema, value: unknown, path: string, errors: FoundError[]): void {
  const fail = (rule: string) => errors.push(unplaced(path, `"${path}" must ${rule}`))
  const outcomes = (branches: readonly Schema[]) =>
    branches.map(branch => {
      const found: FoundError[] = []
      check(branch, value, path, found)
      return found
    })
  const fewest = (results: readonly FoundError[][]) =>
    results.reduce((best, next) => (next.length < best.length ? next : best))
  if (schema.allOf) for (const found of outcomes(schema.allOf)) errors.push(...found)
  if (schema.anyOf?.length) {
    const results = outcomes(schema.anyOf)
    if (results.every(found => found.length > 0)) {
      fail('validate at least one schema (anyOf)')
      errors.push(...fewest(results))
    }
  }
  if (schema.oneOf?.length) {
    const results = outcomes(schema.oneOf)
    const valid = results.filter(found => found.length === 0).length
    if (valid !== 1) {
      fail(
        `validate one and only one schema (oneOf). Found ${valid === 0 ? 'none valid' : `${valid} valid alternatives`}`,
      )
      if (valid === 0) errors.push(...fewest(results))
    }
  }
  if (schema.not && outcomes([schema.not])[0]?.length === 0) fail('not validate the schema (not)')
}

const same = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && a !== null && JSON.stringify(a) === JSON.stringify(b))
