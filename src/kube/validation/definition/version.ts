import type { CustomResourceDefinitionVersion } from '../../generated/apiextensions-v1.ts'
import { duplicate, tooMany } from '../../schema/field-error.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Rules } from '../rules.ts'

const MAX_SELECTABLE = 8
const MAX_WARNING = 256
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

/** What a version says besides its schema: warnings, subresources, columns, selectable fields. */
export function checkVersionParts(rules: Rules, at: string, version: CustomResourceDefinitionVersion): void {
  checkDeprecation(rules, at, version)
  checkScale(rules, `${at}.subresources.scale`, version)
  for (const [index, column] of (version.additionalPrinterColumns ?? []).entries())
    checkColumn(rules, `${at}.additionalPrinterColumns[${index}]`, column)
  checkSelectableFields(rules, `${at}.selectableFields`, version)
}

function checkDeprecation(
  rules: Rules,
  at: string,
  { deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
): void {
  if (deprecationWarning === undefined) return
  const problems: string[] = []
  if (!deprecated) problems.push('can only be set for deprecated versions')
  else if (deprecationWarning === '') problems.push('must not be an empty string')
  else if (Buffer.byteLength(deprecationWarning) > MAX_WARNING)
    problems.push('must be <= 256 characters long')
  const index = deprecationWarning.search(/[^\P{C}]|[^\P{Z} ]/u)
  if (deprecated && index >= 0)
    problems.push(
      `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(deprecationWarning.slice(0, index))}`,
    )
  rules.invalid(`${at}.deprecationWarning`, deprecationWarning, problems)
}

type Column = NonNullable<CustomResourceDefinitionVersion['additionalPrinterColumns']>[number]

function checkColumn(rules: Rules, at: string, { name, type, format, jsonPath }: Column): void {
  rules.required(`${at}.name`, name)
  const types = `must be one of ${columnTypes.join(',')}`
  if (rules.required(`${at}.type`, type, types) && !columnTypes.includes(type))
    rules.invalid(`${at}.type`, type, [types])
  if (format && !columnFormats.includes(format))
    rules.invalid(`${at}.format`, format, [`must be one of ${columnFormats.join(',')}`])
  if (rules.required(`${at}.JSONPath`, jsonPath)) checkPath(rules, `${at}.JSONPath`, jsonPath)
}

/** False, with an error, where the path does not begin as one. */
function checkPath(rules: Rules, field: string, path: string): boolean {
  if (path.startsWith('.')) return true
  rules.invalid(field, path, ['must be a simple json path starting with .'])
  return false
}

function checkScale(rules: Rules, at: string, { subresources }: CustomResourceDefinitionVersion): void {
  const scale = subresources?.scale
  if (!scale) return
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  checkPathBelow(rules, `${at}.specReplicasPath`, specReplicasPath, ['.spec'])
  checkPathBelow(rules, `${at}.statusReplicasPath`, statusReplicasPath, ['.status'])
  if (labelSelectorPath)
    checkPathBelow(rules, `${at}.labelSelectorPath`, labelSelectorPath, ['.spec', '.status'])
}

function checkPathBelow(rules: Rules, field: string, path: string, parents: readonly string[]): void {
  if (!rules.required(field, path) || !checkPath(rules, field, path)) return
  if (parents.some(parent => path.startsWith(`${parent}.`))) return
  const words = parents.length === 1 ? `under ${parents[0]}` : `under either ${parents.join(' or ')}`
  rules.invalid(field, path, [`should be a json path ${words}`])
}

function checkSelectableFields(
  rules: Rules,
  at: string,
  { selectableFields, schema }: CustomResourceDefinitionVersion,
): void {
  const seen = new Set<string>()
  for (const [index, { jsonPath }] of (selectableFields ?? []).entries()) {
    const field = `${at}[${index}].jsonPath`
    if (!rules.required(field, jsonPath)) continue
    const found = fieldAt(jsonPath, schema?.openAPIV3Schema as Schema | undefined)
    if (typeof found === 'string') {
      rules.invalid(field, jsonPath, [`is an invalid path: ${found}`])
      continue
    }
    if (jsonPath.startsWith('.metadata'))
      rules.invalid(field, jsonPath, ['must not point to fields in metadata'])
    if (!['string', 'boolean', 'integer'].includes(found.type ?? ''))
      rules.invalid(field, jsonPath, [
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      ])
    if (seen.has(jsonPath)) rules.add(duplicate(field, jsonPath))
    seen.add(jsonPath)
  }
  if (seen.size > MAX_SELECTABLE) rules.add(tooMany(at, seen.size, MAX_SELECTABLE))
}

/** The schema at a path of names, or what is wrong with the path. */
function fieldAt(path: string, schema: Schema | undefined): Schema | string {
  if (path.includes('[')) return 'array notation is not allowed'
  if (!path.startsWith('.')) return `expected [ or . but got: ${path}`
  let current = schema
  for (const name of path.slice(1).split('.')) {
    const { properties, additionalProperties }: Schema = current ?? {}
    if (properties) current = Object.hasOwn(properties, name) ? properties[name] : undefined
    else current = typeof additionalProperties === 'object' ? additionalProperties : undefined
    if (!current) return 'does not refer to a valid field'
  }
  return current ?? 'does not refer to a valid field'
}
