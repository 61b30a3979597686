import type {
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  TopologySpreadConstraint,
} from '../generated/core-v1.ts'
import type { LabelSelector } from '../generated/meta-v1.ts'
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../names.ts'
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
  if (needed) checkNodeSelector(rules, `${at}.requiredDuringSchedulingIgnoredDuringExecution`, needed)
  for (const [index, preferred] of (
    affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []
  ).entries()) {
    const of = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
    checkWeight(rules, of, preferred.weight)
    checkNodeTerm(rules, `${of}.preference`, preferred.preference, false)
  }
}

/** Which nodes: of a pod that has to fit, or of a volume that is there. */
export function checkNodeSelector(rules: Rules, at: string, { nodeSelectorTerms }: NodeSelector): void {
  const terms = `${at}.nodeSelectorTerms`
  rules.required(terms, nodeSelectorTerms, 'must have at least one node selector term')
  for (const [index, term] of (nodeSelectorTerms ?? []).entries())
    checkNodeTerm(rules, `${terms}[${index}]`, term, true)
}

function checkWeight(rules: Rules, at: string, weight: number | undefined): void {
  if (weight === undefined || weight <= 0 || weight > 100)
    rules.invalid(`${at}.weight`, weight ?? 0, ['must be in the range 1-100'])
}

/** Values are checked where a node has to fit; what is only preferred may name what no node has. */
function checkNodeTerm(
  rules: Rules,
  at: string,
  term: NodeSelectorTerm | undefined,
  isRequired: boolean,
): void {
  for (const [index, requirement] of (term?.matchExpressions ?? []).entries()) {
    const of = `${at}.matchExpressions[${index}]`
    checkNodeRequirement(rules, of, requirement)
    rules.invalid(`${of}.key`, requirement.key ?? '', qualifiedNameProblems(requirement.key ?? ''))
    if (isRequired)
      for (const [position, value] of (requirement.values ?? []).entries())
        rules.invalid(`${of}.values[${position}]`, value, labelValueProblems(value))
  }
  for (const [index, { key, operator, values = [] }] of (term?.matchFields ?? []).entries()) {
    const of = `${at}.matchFields[${index}]`
    if (operator !== 'In' && operator !== 'NotIn')
      rules.invalid(`${of}.operator`, operator ?? '', ['not a valid selector operator'])
    else if (values.length !== 1)
      rules.required(
        `${of}.values`,
        undefined,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      )
    if (key !== 'metadata.name') rules.invalid(`${of}.key`, key ?? '', ['not a valid field selector key'])
    else
      for (const [position, value] of values.entries())
        rules.invalid(`${of}.values[${position}]`, value, dnsSubdomainProblems(value))
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
      rules.invalid(`${at}.operator`, operator ?? '', ['not a valid selector operator'])
  }
}

function checkPodTerm(rules: Rules, at: string, term: PodAffinityTerm | undefined): void {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term ?? {}
  rules.selector(`${at}.labelSelector`, labelSelector)
  rules.selector(`${at}.namespaceSelector`, namespaceSelector)
  for (const name of namespaces) rules.invalid(`${at}.namespace`, name, dnsLabelProblems(name))
  checkLabelKeys(rules, `${at}.matchLabelKeys`, term?.matchLabelKeys, labelSelector)
  checkLabelKeys(rules, `${at}.mismatchLabelKeys`, term?.mismatchLabelKeys, labelSelector)
  rules.required(`${at}.topologyKey`, topologyKey, 'can not be empty')
  rules.invalid(`${at}.topologyKey`, topologyKey, qualifiedNameProblems(topologyKey))
}

/** Keys whose values a selector is to take from the pod need a selector. */
function checkLabelKeys(
  rules: Rules,
  at: string,
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
): void {
  if (!keys?.length) return
  if (!selector) rules.forbidden(at, 'must not be specified when labelSelector is not set')
  else
    for (const [index, key] of keys.entries())
      rules.invalid(`${at}[${index}]`, key, qualifiedNameProblems(key))
}

function checkSpreading(rules: Rules, at: string, constraints: readonly TopologySpreadConstraint[]): void {
  for (const [index, { maxSkew, topologyKey, whenUnsatisfiable, ...constraint }] of constraints.entries()) {
    const of = `${at}[${index}]`
    checkAboveZero(rules, `${of}.maxSkew`, maxSkew ?? 0)
    rules.required(`${of}.topologyKey`, topologyKey, 'can not be empty')
    rules.among(`${of}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'])
    const isRepeated = constraints
      .slice(index + 1)
      .some(other => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)
    if (isRepeated)
      rules.add(duplicate(`${of}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`))
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
      if (constraint[policy] !== undefined)
        rules.among(`${of}.${policy}`, constraint[policy], ['Honor', 'Ignore'])
    checkLabelKeys(rules, `${of}.matchLabelKeys`, constraint.matchLabelKeys, constraint.labelSelector)
    rules.selector(`${of}.labelSelector`, constraint.labelSelector)
    if (constraint.minDomains !== undefined) {
      checkAboveZero(rules, `${of}.minDomains`, constraint.minDomains)
      if (whenUnsatisfiable !== 'DoNotSchedule')
        rules.invalid(`${of}.minDomains`, constraint.minDomains, [
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
        ])
    }
  }
}

function checkAboveZero(rules: Rules, field: string, value: number): void {
  if (value <= 0) rules.invalid(field, value, ['must be greater than zero'])
}
