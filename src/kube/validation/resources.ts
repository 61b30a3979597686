import type { ResourceRequirements } from '../generated/core-v1.ts'
import { qualifiedNameProblems } from '../names.ts'
import { compareQuantities, isQuantity } from '../quantity.ts'
import { invalidValue } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const standard = new Set(['cpu', 'memory', 'ephemeral-storage', 'storage'])

const isStandard = (name: string) => standard.has(name) || name.startsWith('hugepages-')

/** False, with an error, for what is no quantity or a negative one. */
export function checkQuantity(rules: Rules, field: string, value: string): boolean {
  if (!isQuantity(value)) {
    rules.invalid(field, value, [
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ])
    return false
  }
  if (compareQuantities(value, '0') < 0) {
    rules.invalid(field, value, ['must be greater than or equal to 0'])
    return false
  }
  return true
}

/** Requests and limits of a container: known names, no negative ones, no request above its limit. */
export function checkResources(
  rules: Rules,
  field: string,
  resources: ResourceRequirements | undefined,
): void {
  const { requests = {}, limits = {} } = resources ?? {}
  for (const [name, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const)
    for (const [resource, value] of Object.entries(list)) {
      const at = `${field}.${name}[${resource}]`
      rules.invalid(at, resource, qualifiedNameProblems(resource))
      if (!isStandard(resource) && !resource.includes('/'))
        rules.add(invalidValue(at, resource, 'must be a standard resource type or fully qualified'))
      checkQuantity(rules, at, String(value))
    }
  for (const [resource, value] of Object.entries(requests)) {
    const limit = limits[resource]
    if (limit === undefined || !isQuantity(String(value)) || !isQuantity(String(limit))) continue
    if (compareQuantities(value, limit) > 0)
      rules.add(
        invalidValue(
          `${field}.requests`,
          value,
          `must be less than or equal to ${resource} limit of ${limit}`,
        ),
      )
  }
}
