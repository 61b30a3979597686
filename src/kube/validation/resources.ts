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

/** What a container can be given: a resource of upstream's, or one of somebody else's domain. */
export function checkResourceName(rules: Rules, field: string, resource: string): void {
  const problems = qualifiedNameProblems(resource)
  rules.invalid(field, resource, problems)
  if (resource.includes('/')) return
  if (problems.length === 0 && !isStandard(resource) && !ofPods.has(resource))
    rules.add(invalidValue(field, resource, 'must be a standard resource type or fully qualified'))
  if (!isStandard(resource) || resource === 'storage')
    rules.add(invalidValue(field, resource, 'must be a standard resource for containers'))
}

/** Names that quotas count, which no container has. */
const ofPods = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
  'requests.storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
])

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
      checkResourceName(rules, at, resource)
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
