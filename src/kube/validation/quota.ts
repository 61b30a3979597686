import type { LimitRange, LimitRangeItem, ResourceQuota } from '../generated/core-v1.ts'
import { qualifiedNameProblems } from '../names.ts'
import { compareQuantities, isQuantity } from '../quantity.ts'
import { duplicate, invalidValue } from '../schema/field-error.ts'
import { checkQuantity } from './resources.ts'
import type { Rules } from './rules.ts'

const counted = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]
const measured = ['cpu', 'memory', 'ephemeral-storage']
const quotaResources = new Set([
  ...counted,
  ...measured,
  ...measured.flatMap(name => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
])
const standardResources = new Set([...quotaResources, 'storage'])
const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]
const isHugePages = (name: string) => /^(requests\.)?hugepages-/.test(name)

function checkResourceName(rules: Rules, field: string, name: string): void {
  rules.invalid(field, name, qualifiedNameProblems(name))
  if (!name.includes('/') && !standardResources.has(name) && !isHugePages(name))
    rules.add(invalidValue(field, name, 'must be a standard resource type or fully qualified'))
}

export function checkResourceQuota(
  rules: Rules,
  { spec }: ResourceQuota,
  previous: ResourceQuota | undefined,
): void {
  for (const [name, value] of Object.entries(spec?.hard ?? {})) {
    const field = `spec.hard[${name}]`
    checkResourceName(rules, field, name)
    if (!name.includes('/') && !quotaResources.has(name) && !isHugePages(name))
      rules.add(invalidValue(field, name, 'must be a standard resource for quota'))
    checkQuantity(rules, field, String(value))
  }
  const wanted = spec?.scopes ?? []
  for (const scope of wanted)
    if (!scopes.includes(scope)) rules.add(invalidValue('spec.scopes', wanted, 'unsupported scope'))
  for (const [one, other] of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ] as const)
    if (wanted.includes(one) && wanted.includes(other))
      rules.add(invalidValue('spec.scopes', wanted, 'conflicting scopes'))
  if (previous) rules.immutable('spec.scopes', spec?.scopes ?? [], previous.spec?.scopes ?? [])
}

const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

export function checkLimitRange(rules: Rules, { spec }: LimitRange): void {
  const types = new Set<string>()
  for (const [index, item] of (spec?.limits ?? []).entries()) {
    const field = `spec.limits[${index}]`
    const { type } = item
    if (rules.required(`${field}.type`, type)) {
      rules.invalid(`${field}.type`, type, qualifiedNameProblems(type))
      if (!type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(type))
        rules.add(invalidValue(`${field}.type`, type, 'must be a standard limit type or fully qualified'))
    }
    if (types.has(type)) rules.add(duplicate(`${field}.type`, type))
    types.add(type)
    checkLimits(rules, field, item)
  }
}

function checkLimits(rules: Rules, field: string, item: LimitRangeItem): void {
  for (const list of lists) {
    const isOfPod = item.type === 'Pod' && list.startsWith('default')
    if (isOfPod && item[list])
      rules.forbidden(`${field}.${list}`, "may not be specified when `type` is 'Pod'")
    else
      for (const name of Object.keys(item[list] ?? {}))
        checkResourceName(rules, `${field}.${list}[${name}]`, name)
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage'])
    rules.required(
      `${field}.limits`,
      undefined,
      'either minimum or maximum storage value is required, but neither was provided',
    )
  const names = new Set(lists.flatMap(list => Object.keys(item[list] ?? {})))
  for (const name of names) checkOrder(rules, field, { item, name })
}

/** Minimum, default request, default limit and maximum of one resource rise in this order. */
function checkOrder(
  rules: Rules,
  field: string,
  { item, name }: { item: LimitRangeItem; name: string },
): void {
  const quantity = (list: (typeof lists)[number]) => {
    const value = item[list]?.[name]
    return value !== undefined && isQuantity(String(value)) ? String(value) : undefined
  }
  const [min, max] = [quantity('min'), quantity('max')]
  const [limit, request] = [quantity('default'), quantity('defaultRequest')]
  const above = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && compareQuantities(a, b) > 0
  const refuse = (list: string, value: string | undefined, detail: string) =>
    rules.add(invalidValue(`${field}.${list}[${name}]`, value, detail))
  if (above(min, max)) refuse('min', min, `min value ${min} is greater than max value ${max}`)
  if (above(min, request))
    refuse('defaultRequest', request, `min value ${min} is greater than default request value ${request}`)
  if (above(request, max))
    refuse('defaultRequest', request, `default request value ${request} is greater than max value ${max}`)
  if (above(request, limit))
    refuse(
      'defaultRequest',
      request,
      `default request value ${request} is greater than default limit value ${limit}`,
    )
  if (above(min, limit)) refuse('default', min, `min value ${min} is greater than default value ${limit}`)
  if (above(limit, max)) refuse('default', max, `default value ${limit} is greater than max value ${max}`)
  const ratio = quantity('maxLimitRequestRatio')
  if (above('1', ratio)) refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`)
}
