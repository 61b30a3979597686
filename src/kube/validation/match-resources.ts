import type { MatchResources, ParamKind, ParamRef } from '../generated/admissionregistration-v1.ts'
import { dns1035LabelProblems, dnsSubdomainProblems, pathSegmentProblems } from '../names.ts'
import { duplicate, required } from '../schema/field-error.ts'
import { checkRuleWithOperations } from './admission-rules.ts'
import type { Rules } from './rules.ts'

/** matchConstraints of a policy, or matchResources of a binding. */
export function checkMatchResources(rules: Rules, at: string, match: MatchResources): void {
  rules.oneOf(`${at}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact'])
  if (match.namespaceSelector) rules.selector(`${at}.namespaceSelector`, match.namespaceSelector)
  else rules.add(required(`${at}.namespaceSelector`))
  if (match.objectSelector) rules.selector(`${at}.objectSelector`, match.objectSelector)
  else rules.add(required(`${at}.objectSelector`))
  for (const name of ['resourceRules', 'excludeResourceRules'] as const)
    for (const [index, rule] of (match[name] ?? []).entries()) {
      const field = `${at}.${name}[${index}]`
      checkNames(rules, `${field}.resourceNames`, rule.resourceNames ?? [])
      checkRuleWithOperations(rules, field, rule)
    }
}

function checkNames(rules: Rules, field: string, names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    rules.invalid(`${field}[${index}]`, name, pathSegmentProblems(name))
    if (names.indexOf(name) < index) rules.add(duplicate(`${field}[${index}]`, name))
  }
}

export function checkParamKind(rules: Rules, at: string, { apiVersion = '', kind = '' }: ParamKind): void {
  if (rules.required(`${at}.apiVersion`, apiVersion)) checkApiVersion(rules, `${at}.apiVersion`, apiVersion)
  if (!rules.required(`${at}.kind`, kind)) return
  const problems = dns1035LabelProblems(kind.toLowerCase())
  if (problems.length > 0)
    rules.invalid(`${at}.kind`, kind, [
      `may have mixed case, but should otherwise match: ${problems.join(',')}`,
    ])
}

function checkApiVersion(rules: Rules, field: string, apiVersion: string): void {
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/')
  if (parts.length > 2) {
    rules.invalid(field, apiVersion, [`unexpected GroupVersion string: ${apiVersion}`])
    return
  }
  const [group, version] = parts.length === 2 ? parts : ['', parts[0]]
  const groupProblems = group ? dnsSubdomainProblems(group) : []
  if (groupProblems.length > 0) rules.invalid(field, group, [groupProblems.join(',')])
  if (!version) {
    rules.invalid(field, apiVersion, ['version must be specified'])
    return
  }
  const versionProblems = dns1035LabelProblems(version)
  if (versionProblems.length > 0) rules.invalid(field, version, [versionProblems.join(',')])
}

export function checkParamRef(rules: Rules, at: string, reference: ParamRef): void {
  const { name, selector, parameterNotFoundAction } = reference
  const exclusive = 'name and selector are mutually exclusive'
  if (name) {
    rules.invalid(`${at}.name`, name, pathSegmentProblems(name))
    if (selector) rules.forbidden(`${at}.name`, exclusive)
  }
  if (selector) {
    rules.selector(`${at}.selector`, selector)
    if (name) rules.forbidden(`${at}.selector`, exclusive)
  }
  if (!name && !selector) rules.add(required(at, 'one of name or selector must be specified'))
  rules.oneOf(`${at}.parameterNotFoundAction`, parameterNotFoundAction, ['Deny', 'Allow'])
}
