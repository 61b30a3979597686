import type { ResourceQuota, ResourceQuotaStatus } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { coveredBy } from '../../../kube/quota/covered.ts'
import { isInScope } from '../../../kube/quota/scopes.ts'
import { usageOf } from '../../../kube/quota/usage.ts'
import { formatQuantity, type Quantity } from '../../../kube/quantity.ts'

/** Whether a quota counts anything of a kind. */
export const counts = ({ spec }: ResourceQuota, kind: Kind): boolean =>
  kind.namespaced && coveredBy(kind, Object.keys(spec?.hard ?? {})).length > 0

/** The status of a quota, added up from all objects of the kinds that it counts. `now` is in milliseconds. */
export function quotaStatus(
  quota: ResourceQuota,
  contents: readonly { kind: Kind; objects: readonly KubeObject[] }[],
  now: number,
): ResourceQuotaStatus {
  const hard = quota.spec?.hard ?? {}
  const sums = new Map<string, Quantity>()
  for (const { kind, objects } of contents) {
    const covered = coveredBy(kind, Object.keys(hard))
    for (const name of covered) if (!sums.has(name)) sums.set(name, { nano: 0n, format: 'DecimalSI' })
    for (const object of objects) {
      if (!isInScope(quota, kind, object)) continue
      const usage = usageOf(kind, object, now)
      for (const name of covered) {
        const amount = usage.get(name)
        const sum = sums.get(name)
        if (!amount || amount.nano === 0n) continue
        // The sum is written as its first part is.
        const format = sum && sum.nano > 0n ? sum.format : amount.format
        sums.set(name, { nano: (sum?.nano ?? 0n) + amount.nano, format })
      }
    }
  }
  return { hard, used: Object.fromEntries([...sums].map(([name, sum]) => [name, formatQuantity(sum)])) }
}
