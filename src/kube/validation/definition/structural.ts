import { compile } from '../../../languages/re2/pattern.ts'
import { isJsonObject, type Schema } from '../../schema/schema.ts'
import type { Rules } from '../rules.ts'

type Level = 'root' | 'item' | 'field'

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

/**
 * The rules that make a schema structural: every value says its type outside of `allOf`, `anyOf`, `oneOf` and `not`,
 * which only restrict values. Mirrors apiextensions-apiserver's ValidateStructural.
 */
export function checkStructural(rules: Rules, at: string, schema: Schema): void {
  checkInvariants(rules, at, schema, 'root')
  checkCompleteness(rules, at, schema, schema)
}

function checkInvariants(rules: Rules, at: string, schema: Schema, level: Level): void {
  const { type, items, properties, additionalProperties } = schema
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true
  if (type === 'array' && !items) rules.required(`${at}.items`, undefined, 'must be specified')
  if (items) checkInvariants(rules, `${at}.items`, items, 'item')
  for (const [key, child] of Object.entries(properties ?? {}))
    checkInvariants(rules, `${at}.properties[${key}]`, child, 'field')
  if (additionalProperties !== undefined && level === 'root')
    rules.forbidden(`${at}.additionalProperties`, 'must not be used at the root')
  if (isJsonObject(additionalProperties))
    checkInvariants(rules, `${at}.additionalProperties`, additionalProperties, 'field')
  if (isIntOrString && preserves)
    rules.invalid(`${at}.x-kubernetes-preserve-unknown-fields`, true, [
      'must be false if x-kubernetes-int-or-string is true',
    ])
  if (isIntOrString && isEmbedded)
    rules.invalid(`${at}.x-kubernetes-embedded-resource`, true, [
      'must be false if x-kubernetes-int-or-string is true',
    ])
  checkValues(rules, at, schema)
  if (isEmbedded && type !== 'object')
    requireType(rules, at, schema, 'must be object if x-kubernetes-embedded-resource is true')
  else if (!type && !isIntOrString && !preserves) rules.required(`${at}.type`, undefined, missingType[level])
  if (isEmbedded && additionalProperties !== undefined)
    rules.forbidden(`${at}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set')
  if (level === 'root' && type && type !== 'object')
    rules.invalid(`${at}.type`, type, ['must be object at the root'])
  if (level === 'root' || isEmbedded) checkResourceFields(rules, at, schema, level)
  if (isEmbedded && !preserves && Object.keys(properties ?? {}).length === 0)
    rules.required(
      `${at}.properties`,
      undefined,
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    )
}

/** The type is there but wrong, or not there at all. */
export function requireType(rules: Rules, at: string, { type }: Schema, detail: string): void {
  if (type) rules.invalid(`${at}.type`, type, [detail])
  else rules.required(`${at}.type`, undefined, detail)
}

function checkResourceFields(rules: Rules, at: string, { properties = {} }: Schema, level: Level): void {
  for (const name of ['kind', 'apiVersion']) {
    const field = properties[name]
    if (field && field.type !== 'string')
      rules.invalid(`${at}.properties[${name}].type`, field.type ?? '', ['must be string'])
  }
  const { metadata } = properties
  if (!metadata) return
  const place = `${at}.properties[metadata]`
  if (metadata.type !== 'object') rules.invalid(`${place}.type`, metadata.type ?? '', ['must be object'])
  if (level !== 'root') return
  const {
    type: _type,
    properties: fields = {},
    description: _description,
    ...rest
  } = metadata as Schema & {
    description?: string
  }
  const isPlain = Object.keys(fields).every(name => name === 'name' || name === 'generateName')
  if (!isPlain || Object.keys(rest).length > 0)
    rules.forbidden(
      place,
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    )
}

/** What may not stand in branches that only restrict values. */
const forbiddenInBranches: readonly (readonly [keyof Schema | 'title' | 'description', string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
]

function checkValues(rules: Rules, at: string, schema: Schema): void {
  const { pattern, allOf, anyOf, oneOf, not } = schema
  if (pattern !== undefined) checkPattern(rules, `${at}.pattern`, pattern)
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true
  if (!(isIntOrString && isIntOrStringPattern(anyOf))) checkBranches(rules, `${at}.anyOf`, anyOf)
  for (const [index, branch] of (allOf ?? []).entries()) {
    const { anyOf: inner, ...rest } = branch
    const isPattern = index === 0 && isIntOrString && isIntOrStringPattern(inner)
    checkBranch(rules, `${at}.allOf[${index}]`, isPattern ? rest : branch)
  }
  checkBranches(rules, `${at}.oneOf`, oneOf)
  if (not) checkBranch(rules, `${at}.not`, not)
}

const isIntOrStringPattern = (branches: readonly Schema[] | undefined): boolean =>
  JSON.stringify(branches) === '[{"type":"integer"},{"type":"string"}]'

function checkBranches(rules: Rules, at: string, branches: readonly Schema[] | undefined): void {
  for (const [index, branch] of (branches ?? []).entries()) checkBranch(rules, `${at}[${index}]`, branch)
}

function checkBranch(rules: Rules, at: string, branch: Schema): void {
  for (const [key, detail] of forbiddenInBranches) {
    const value = (branch as Record<string, unknown>)[key]
    if (value !== undefined && value !== '' && value !== false) rules.forbidden(`${at}.${key}`, detail)
  }
  const { items, properties } = branch
  checkValues(rules, at, branch)
  if (items) checkBranch(rules, `${at}.items`, items)
  for (const [key, child] of Object.entries(properties ?? {})) {
    if (key === 'metadata')
      rules.forbidden(`${at}.properties[metadata]`, 'must not be specified in a nested context')
    checkBranch(rules, `${at}.properties[${key}]`, child)
  }
}

/** Fields and items that a branch restricts are declared outside of branches, too. */
function checkCompleteness(rules: Rules, at: string, schema: Schema, spine: Schema): void {
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [index, branch] of (schema[key] ?? []).entries())
      checkDeclared(rules, { at: `${at}.${key}[${index}]`, spineAt: at }, branch, spine)
  if (schema.not) checkDeclared(rules, { at: `${at}.not`, spineAt: at }, schema.not, spine)
  if (schema.items && spine.items) checkCompleteness(rules, `${at}.items`, schema.items, spine.items)
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    checkCompleteness(rules, `${at}.properties[${key}]`, child, child)
  if (isJsonObject(schema.additionalProperties))
    checkCompleteness(
      rules,
      `${at}.additionalProperties`,
      schema.additionalProperties,
      schema.additionalProperties,
    )
}

function checkDeclared(
  rules: Rules,
  { at, spineAt }: { at: string; spineAt: string },
  branch: Schema,
  spine: Schema,
): void {
  const because = `because it is defined in ${at}`
  if (branch.items && !spine.items) rules.required(`${spineAt}.items`, undefined, `${because}.items`)
  else if (branch.items && spine.items)
    checkDeclared(rules, { at: `${at}.items`, spineAt: `${spineAt}.items` }, branch.items, spine.items)
  for (const [key, child] of Object.entries(branch.properties ?? {})) {
    const place = `properties[${key}]`
    const known = spine.properties && Object.hasOwn(spine.properties, key) ? spine.properties[key] : undefined
    if (known) checkDeclared(rules, { at: `${at}.${place}`, spineAt: `${spineAt}.${place}` }, child, known)
    else rules.required(`${spineAt}.${place}`, undefined, `${because}.${place}`)
  }
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [index, inner] of (branch[key] ?? []).entries())
      checkDeclared(rules, { at: `${at}.${key}[${index}]`, spineAt }, inner, spine)
  if (branch.not) checkDeclared(rules, { at: `${at}.not`, spineAt }, branch.not, spine)
}

function checkPattern(rules: Rules, field: string, pattern: string): void {
  try {
    compile(pattern)
  } catch (error) {
    rules.invalid(field, pattern, [
      `must be a valid regular expression, but isn't: ${(error as Error).message}`,
    ])
  }
}
