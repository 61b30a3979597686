import type { ResourceQuota } from '../generated/core-v1.ts'
import type { Kind } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { formatQuantity, parseQuantity, type Quantity } from '../quantity.ts'
import { coveredBy, whatIsMissing } from './covered.ts'
import { isInScope } from './scopes.ts'
import { type Usage, usageOf } from './usage.ts'

/** An object that is about to be written. */
export interface Change {
  kind: Pick<Kind, 'group' | 'plural'>
  object: KubeObject
  previous: KubeObject | undefined
  /** Status may be written even where the quota is exceeded. */
  isStatus: boolean
  now: number
}

export type Verdict = { refuse: string } | { used: Record<string, string> } | undefined

/**
 * What a quota says of a change: nothing, why it is refused, or its `status.used` once the change is made. Uses what
 * `status.hard` says, as upstream: a quota counts from when its controller has seen it.
 */
export function checkQuota(quota: ResourceQuota, change: Change): Verdict {
  const { kind, object, previous, now } = change
  const { hard = {}, used = {} } = quota.status ?? {}
  const resources = coveredBy(kind, Object.keys(hard))
  if (resources.length === 0 || !isInScope(quota, kind, object)) return undefined
  const { name } = quota.metadata
  const missing = whatIsMissing(kind, object, resources)
  if (missing) return { refuse: `failed quota: ${name}: ${missing}` }
  if (!resources.every(resource => used[resource] !== undefined))
    return { refuse: `status unknown for quota: ${name}, resources: ${[...resources].sort().join(',')}` }
  const before =
    previous && isInScope(quota, kind, previous) ? usageOf(kind, previous, now) : (new Map() as Usage)
  const requested = increase(usageOf(kind, object, now), before, hard)
  if (requested.size === 0) return undefined
  const next = { ...used }
  const exceeded: string[] = []
  for (const [resource, amount] of requested) {
    const sum = plus(parseQuantity(used[resource] ?? '0'), amount)
    next[resource] = formatQuantity(sum)
    if (sum.nano > parseQuantity(hard[resource] ?? '0').nano) exceeded.push(resource)
  }
  if (exceeded.length === 0 || change.isStatus) return { used: next }
  const list = (of: (resource: string) => string) =>
    exceeded
      .sort()
      .map(resource => `${resource}=${of(resource)}`)
      .join(',')
  const asked = (resource: string) => formatQuantity(requested.get(resource) ?? ZERO)
  return {
    refuse: `exceeded quota: ${name}, requested: ${list(asked)}, used: ${list(r => used[r] ?? '0')}, limited: ${list(r => hard[r] ?? '0')}`,
  }
}

const ZERO: Quantity = { nano: 0n, format: 'DecimalSI' }

/** What is more than before, of the resources that the quota limits. */
function increase(now: Usage, before: Usage, hard: Readonly<Record<string, string>>): Usage {
  const result: Usage = new Map()
  for (const [resource, amount] of now) {
    const nano = amount.nano - (before.get(resource)?.nano ?? 0n)
    if (nano > 0n && hard[resource] !== undefined) result.set(resource, { ...amount, nano })
  }
  return result
}

/** The sum, in the suffixes of the first that is not zero. */
export const plus = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
})
