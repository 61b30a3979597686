import { equalJson } from '../copy.ts'
import type { Namespace, Node } from '../generated/core-v1.ts'
import { labelValueProblems, qualifiedNameProblems } from '../names.ts'
import { duplicate, invalidValue, notSupported } from '../schema/field-error.ts'
import { parseCidr } from './cidr.ts'
import type { Rules } from './rules.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function checkNode(rules: Rules, { spec }: Node, previous: Node | undefined): void {
  const seen = new Set<string>()
  for (const [index, { key, value, effect }] of (spec?.taints ?? []).entries()) {
    const field = `metadata.taints[${index}]`
    rules.name(`${field}.key`, key, qualifiedNameProblems)
    if (value) rules.invalid(`${field}.value`, value, labelValueProblems(value))
    if (!effects.includes(effect)) rules.add(notSupported(`${field}.effect`, effect, effects))
    const id = `${key}:${effect}`
    if (seen.has(id))
      rules.add({
        ...duplicate(field, { key, value, effect }),
        detail: 'taints must be unique by key and effect pair',
      })
    seen.add(id)
  }
  for (const [index, cidr] of (spec?.podCIDRs ?? []).entries())
    if (!parseCidr(cidr))
      rules.add(
        invalidValue(
          `spec.podCIDRs[${index}]`,
          cidr,
          'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ),
      )
  const before = previous?.spec?.podCIDRs ?? []
  if (before.length > 0 && !equalJson(before, spec?.podCIDRs))
    rules.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
  if (previous?.spec?.providerID && spec?.providerID !== previous.spec.providerID)
    rules.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')
}

export function checkNamespace(rules: Rules, { spec }: Namespace): void {
  for (const finalizer of spec?.finalizers ?? []) {
    rules.invalid('spec.finalizers', finalizer, qualifiedNameProblems(finalizer))
    if (!finalizer.includes('/') && finalizer !== 'kubernetes')
      rules.invalid('spec.finalizers', finalizer, [
        'name is neither a standard finalizer name nor is it fully qualified',
      ])
  }
}
