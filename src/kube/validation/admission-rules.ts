import { type AdmissionExpression, compileMatchCondition, isInternal } from '../cel/admission-expression.ts'
import type { MatchCondition, RuleWithOperations } from '../generated/admissionregistration-v1.ts'
import { qualifiedNameProblems } from '../names.ts'
import { duplicate, notSupported, tooMany } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const MAX_MATCH_CONDITIONS = 64

/** A value that may be absent, but otherwise is one of some. */
export function supported(
  rules: Rules,
  field: string,
  value: string | undefined,
  values: readonly string[],
): void {
  if (value !== undefined && !values.includes(value)) rules.add(notSupported(field, value, values))
}

/** One rule of a webhook or policy (pkg/apis/admissionregistration/validation). */
export function checkRuleWithOperations(rules: Rules, at: string, rule: RuleWithOperations): void {
  const { operations = [], apiGroups = [], apiVersions = [], scope } = rule
  rules.required(`${at}.operations`, operations)
  onlyWildcard(rules, `${at}.operations`, operations, 'operations')
  for (const [index, operation] of operations.entries())
    supported(rules, `${at}.operations[${index}]`, operation, OPERATIONS)
  rules.required(`${at}.apiGroups`, apiGroups)
  onlyWildcard(rules, `${at}.apiGroups`, apiGroups, 'API groups')
  rules.required(`${at}.apiVersions`, apiVersions)
  onlyWildcard(rules, `${at}.apiVersions`, apiVersions, 'API versions')
  for (const [index, version] of apiVersions.entries()) rules.required(`${at}.apiVersions[${index}]`, version)
  checkResources(rules, `${at}.resources`, rule.resources ?? [])
  supported(rules, `${at}.scope`, scope, ['*', 'Cluster', 'Namespaced'])
}

function onlyWildcard(rules: Rules, field: string, values: readonly string[], what: string): void {
  if (values.length > 1 && values.includes('*'))
    rules.invalid(field, values, [`if '*' is present, must not specify other ${what}`])
}

function checkResources(rules: Rules, field: string, resources: readonly string[]): void {
  rules.required(field, resources)
  const anySub = new Set<string>()
  const anyResource = new Set<string>()
  for (const [index, pattern] of resources.entries()) {
    const at = `${field}[${index}]`
    if (!rules.required(at, pattern)) continue
    const slash = pattern.indexOf('/')
    if (slash < 0) continue
    const [resource, sub] = [pattern.slice(0, slash), pattern.slice(slash + 1)]
    if (anySub.has(resource))
      rules.invalid(at, pattern, [`if '${resource}/*' is present, must not specify ${pattern}`])
    if (anyResource.has(sub))
      rules.invalid(at, pattern, [`if '*/${sub}' is present, must not specify ${pattern}`])
    if (sub === '*') anySub.add(resource)
    if (resource === '*') anyResource.add(sub)
  }
  if (resources.length > 1 && resources.includes('*/*'))
    rules.invalid(field, resources, ["if '*/*' is present, must not specify other resources"])
  if (resources.includes('*') && resources.some(pattern => pattern !== '*' && !pattern.includes('/')))
    rules.invalid(field, resources, [
      "if '*' is present, must not specify other resources without subresources",
    ])
}

/** Reports why an expression was not compiled, if it was not. */
export function expressionProblem(
  rules: Rules,
  field: string,
  { expression, problem }: Pick<AdmissionExpression, 'expression' | 'problem'>,
): void {
  if (problem === undefined) return
  if (isInternal(problem)) rules.add({ type: 'InternalError', field, detail: problem })
  else rules.invalid(field, expression, [problem])
}

/** The match conditions of a webhook, or of a policy that has parameters or not. */
export function checkMatchConditions(
  rules: Rules,
  field: string,
  { conditions, hasParams = false }: { conditions: readonly MatchCondition[]; hasParams?: boolean },
): void {
  if (conditions.length > MAX_MATCH_CONDITIONS)
    rules.add(tooMany(field, conditions.length, MAX_MATCH_CONDITIONS))
  const names = new Set<string>()
  for (const [index, { name, expression }] of conditions.entries()) {
    const at = `${field}[${index}]`
    if (rules.required(`${at}.expression`, expression?.trim())) {
      const { problem } = compileMatchCondition(expression, hasParams)
      expressionProblem(rules, `${at}.expression`, { expression: expression.trim(), problem })
    }
    if (rules.required(`${at}.name`, name)) rules.invalid(`${at}.name`, name, qualifiedNameProblems(name))
    if (name && names.has(name)) rules.add(duplicate(`${at}.name`, name))
    names.add(name)
  }
}
