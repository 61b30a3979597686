import { equalJson } from '../../copy.ts'
import { compileRules } from '../../cel/rules.ts'
import { validateRules } from '../../cel/validate-rules.ts'
import type { Schema } from '../../schema/schema.ts'
import { prune } from '../../schema/unknown-fields.ts'
import { validateSchema } from '../../schema/validate.ts'
import type { Rules } from '../rules.ts'

/** Defaults have no fields that their schema does not know, and are valid. */
export function checkDefaults(rules: Rules, at: string, schema: Schema): void {
  if (schema.default !== undefined) checkDefault(rules, `${at}.default`, schema)
  if (schema.items) checkDefaults(rules, `${at}.items`, schema.items)
  for (const [key, child] of Object.entries(schema.properties ?? {}))
    checkDefaults(rules, `${at}.properties[${key}]`, child)
}

function checkDefault(rules: Rules, field: string, schema: Schema): void {
  const value = schema.default
  const pruned = structuredClone(value)
  prune(schema, pruned)
  if (!equalJson(pruned, value)) rules.invalid(field, value, ['must not have unknown fields'])
  const errors = validateSchema(schema, value, field)
  rules.add(...errors)
  const tree = errors.length === 0 ? compileRules(schema) : undefined
  if (!tree) return
  const { errors: violations } = validateRules(tree, value)
  rules.add(
    ...violations.map(error => ({
      ...error,
      field: error.field === '<nil>' ? field : `${field}.${error.field}`,
    })),
  )
}
