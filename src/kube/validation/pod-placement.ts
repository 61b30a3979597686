import type {
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  TopologySpreadConstraint,
} from '../generated/core-v1.ts'
import { qualifiedNameProblems } from '../names.ts'
import { duplicate } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

/** Rules of where a pod may go: affinity and spreading, as upstream's validateAffinity and validateTopologySpreadConstraints. */
export function checkPlacement(rules: Rules, field: string, spec: PodSpec): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec.affinity ?? {}
  if (nodeAffinity) checkNodeAffinity(rules, `${field}.affinity.nodeAffinity`, nodeAffinity)
  for (const [name, side] of [
    ['podAffinity', podAffinity],
    ['podAntiAffinity', podAntiAffinity],
  ] as const) {
    const at = `${field}.affinity.${name}`
    for (const [index, term] of (side?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
      checkPodTerm(rules, `${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term)
    for (const [index, weighted] of (side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const of = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      checkWeight(rules, of, weighted.weight)
      checkPodTerm(rules, `${of}.podAffinityTerm`, weighted.podAffinityTerm)
    }
  }
  checkSpreading(rules, `${field}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? [])
}

function checkNodeAffinity(rules: Rules, at: string, affinity: NodeAffinity): void {
  const { requiredDuringSchedulingIgnoredDuringExecution: needed } = affinity
  if (needed) {
    const terms = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
    rules.required(terms, needed.nodeSelectorTerms, 'must have at least one node selector term')
    for (const [index, term] of (needed.nodeSelectorTerms ?? []).entries())
      checkNodeTerm(rules, `${terms}[${index}]`, term)
  }
  for (const [index, preferred] of (
    affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []
  ).entries()) {
    const of = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
    checkWeight(rules, of, preferred.weight)
    checkNodeTerm(rules, `${of}.preference`, preferred.preference)
  }
}

function checkWeight(rules: Rules, at: string, weight: number | undefined): void {
  if (weight === undefined || weight <= 0 || weight > 100)
    rules.invalid(`${at}.weight`, weight ?? 0, ['must be in the range 1-100'])
}

function checkNodeTerm(rules: Rules, at: string, term: NodeSelectorTerm | undefined): void {
  for (const [index, requirement] of (term?.matchExpressions ?? []).entries()) {
    const of = `${at}.matchExpressions[${index}]`
    checkNodeRequirement(rules, of, requirement)
    rules.invalid(`${of}.key`, requirement.key, qualifiedNameProblems(requirement.key ?? ''))
  }
  for (const [index, { key, operator, values = [] }] of (term?.matchFields ?? []).entries()) {
    const of = `${at}.matchFields[${index}]`
    if (operator !== 'In' && operator !== 'NotIn')
      rules.invalid(`${of}.operator`, operator, ['not a valid selector operator'])
    else if (values.length !== 1)
      rules.required(
        `${of}.values`,
        undefined,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      )
    if (key !== 'metadata.name') rules.invalid(`${of}.key`, key, ['not a valid field selector key'])
  }
}

function checkNodeRequirement(
  rules: Rules,
  at: string,
  { operator, values = [] }: NodeSelectorRequirement,
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      rules.required(`${at}.values`, values, "must be specified when `operator` is 'In' or 'NotIn'")
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        rules.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        rules.required(
          `${at}.values`,
          undefined,
          "must be specified single value when `operator` is 'Lt' or 'Gt'",
        )
      break
    default:
      rules.invalid(`${at}.operator`, operator, ['not a valid selector operator'])
  }
}

function checkPodTerm(rules: Rules, at: string, term: PodAffinityTerm | undefined): void {
  rules.selector(`${at}.labelSelector`, term?.labelSelector)
  rules.selector(`${at}.namespaceSelector`, term?.namespaceSelector)
  if (rules.required(`${at}.topologyKey`, term?.topologyKey, 'can not be empty') && term)
    rules.invalid(`${at}.topologyKey`, term.topologyKey, qualifiedNameProblems(term.topologyKey))
}

function checkSpreading(rules: Rules, at: string, constraints: readonly TopologySpreadConstraint[]): void {
  const seen = new Set<string>()
  for (const [index, { maxSkew, topologyKey, whenUnsatisfiable, ...constraint }] of constraints.entries()) {
    const of = `${at}[${index}]`
    rules.positive(`${of}.maxSkew`, maxSkew ?? 0)
    if (rules.required(`${of}.topologyKey`, topologyKey, 'can not be empty'))
      rules.invalid(`${of}.topologyKey`, topologyKey, qualifiedNameProblems(topologyKey))
    rules.oneOf(`${of}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'])
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
    if (seen.has(pair)) rules.add(duplicate(`${of}.{topologyKey, whenUnsatisfiable}`, pair))
    seen.add(pair)
    rules.selector(`${of}.labelSelector`, constraint.labelSelector)
    if (constraint.minDomains !== undefined) {
      rules.positive(`${of}.minDomains`, constraint.minDomains)
      if (whenUnsatisfiable !== 'DoNotSchedule')
        rules.invalid(`${of}.minDomains`, constraint.minDomains, [
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
        ])
    }
  }
}
