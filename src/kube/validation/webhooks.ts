import { compileMatchCondition } from '../cel/admission-environment.ts'
import type {
  MatchCondition,
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../generated/admissionregistration-v1.ts'
import {
  dns1035LabelProblems,
  dnsSubdomainProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from '../names.ts'
import { duplicate, invalidValue, notSupported, required, tooMany } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

const OPERATIONS = ['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT']
const REVIEW_VERSIONS = ['v1', 'v1beta1']
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun']
const MAX_MATCH_CONDITIONS = 64

/** What breaks upstream's rules for either kind of webhook configuration (pkg/apis/admissionregistration/validation). */
export function checkWebhookConfiguration(
  rules: Rules,
  { webhooks = [] }: MutatingWebhookConfiguration | ValidatingWebhookConfiguration,
): void {
  const names = new Set<string>()
  for (const [index, webhook] of webhooks.entries()) {
    const at = `webhooks[${index}]`
    checkWebhook(rules, at, webhook)
    checkReviewVersions(rules, `${at}.admissionReviewVersions`, webhook.admissionReviewVersions ?? [])
    if (webhook.name && names.has(webhook.name)) rules.add(duplicate(`${at}.name`, webhook.name))
    names.add(webhook.name)
  }
}

function checkWebhook(rules: Rules, at: string, webhook: MutatingWebhook): void {
  const { name, sideEffects, timeoutSeconds, clientConfig, matchConditions = [] } = webhook
  checkFullyQualified(rules, `${at}.name`, name)
  for (const [index, rule] of (webhook.rules ?? []).entries())
    checkRuleWithOperations(rules, `${at}.rules[${index}]`, rule)
  supported(rules, `${at}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore'])
  supported(rules, `${at}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact'])
  supported(rules, `${at}.reinvocationPolicy`, webhook.reinvocationPolicy, ['IfNeeded', 'Never'])
  if (sideEffects === undefined)
    rules.add(required(`${at}.sideEffects`, `must specify one of ${NO_SIDE_EFFECTS.join(', ')}`))
  else supported(rules, `${at}.sideEffects`, sideEffects, NO_SIDE_EFFECTS)
  if (timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1))
    rules.invalid(`${at}.timeoutSeconds`, timeoutSeconds, [
      'the timeout value must be between 1 and 30 seconds',
    ])
  rules.selector(`${at}.namespaceSelector`, webhook.namespaceSelector)
  rules.selector(`${at}.objectSelector`, webhook.objectSelector)
  checkClientConfig(rules, `${at}.clientConfig`, clientConfig ?? {})
  checkMatchConditions(rules, `${at}.matchConditions`, matchConditions)
}

function supported(rules: Rules, field: string, value: string | undefined, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value)) rules.add(notSupported(field, value, values))
}

function checkFullyQualified(rules: Rules, field: string, name: string | undefined): void {
  if (!rules.required(field, name) || name === undefined) return
  const problems = dnsSubdomainProblems(name)
  if (problems.length > 0) rules.invalid(field, name, [problems.join(',')])
  else if (name.split('.').length < 3)
    rules.invalid(field, name, ['should be a domain with at least three segments separated by dots'])
}

function checkReviewVersions(rules: Rules, field: string, versions: readonly string[]): void {
  if (versions.length === 0) {
    rules.add(required(field, `must specify one of ${REVIEW_VERSIONS.join(', ')}`))
    return
  }
  for (const [index, version] of versions.entries())
    rules.invalid(
      `${field}[${index}]`,
      version,
      versions.indexOf(version) < index ? ['duplicate version'] : dns1035LabelProblems(version),
    )
  if (!versions.some(version => REVIEW_VERSIONS.includes(version)))
    rules.invalid(field, versions, [`must include at least one of ${REVIEW_VERSIONS.join(', ')}`])
}

function checkRuleWithOperations(rules: Rules, at: string, rule: RuleWithOperations): void {
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

/** Where a webhook is: also of conversion webhooks. */
export function checkClientConfig(rules: Rules, at: string, { url, service }: WebhookClientConfig): void {
  if ((url === undefined) === (service === undefined))
    rules.add(required(at, 'exactly one of url or service is required'))
  else if (url !== undefined) checkUrl(rules, `${at}.url`, url)
  else if (service) {
    rules.required(`${at}.service.name`, service.name)
    rules.required(`${at}.service.namespace`, service.namespace)
    const problems = portNumberProblems(service.port ?? 443)
    if (problems.length > 0)
      rules.invalid(`${at}.service.port`, service.port, [`port is not valid: ${problems.join(', ')}`])
    checkPath(rules, `${at}.service.path`, service.path)
  }
}

const FORM = '; desired format: https://host[/path]'

function checkUrl(rules: Rules, field: string, text: string): void {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    rules.add(required(field, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${FORM}`))
    return
  }
  const scheme = url.protocol.replace(/:$/, '')
  if (scheme !== 'https') rules.invalid(field, scheme, [`'https' is the only allowed URL scheme${FORM}`])
  if (url.host === '') rules.invalid(field, url.host, [`host must be specified${FORM}`])
  if (url.username || url.password)
    rules.add(invalidValue(field, url.username, 'user information is not permitted in the URL'))
  if (url.hash) rules.add(invalidValue(field, url.hash.slice(1), 'fragments are not permitted in the URL'))
  if (url.search)
    rules.add(invalidValue(field, url.search.slice(1), 'query parameters are not permitted in the URL'))
}

function checkPath(rules: Rules, field: string, path: string | undefined): void {
  if (path === undefined || path === '' || path === '/') return
  if (path === '//') {
    rules.invalid(field, path, ['segment[0] may not be empty'])
    return
  }
  if (!path.startsWith('/')) rules.invalid(field, path, ["must start with a '/'"])
  for (const [index, segment] of path.slice(1).replace(/\/$/, '').split('/').entries())
    rules.invalid(
      field,
      path,
      segment === ''
        ? [`segment[${index}] may not be empty`]
        : dnsSubdomainProblems(segment).map(problem => `segment[${index}]: ${problem}`),
    )
}

function checkMatchConditions(rules: Rules, field: string, conditions: readonly MatchCondition[]): void {
  if (conditions.length > MAX_MATCH_CONDITIONS) {
    rules.add(tooMany(field, conditions.length, MAX_MATCH_CONDITIONS))
    return
  }
  const names = new Set<string>()
  for (const [index, { name, expression }] of conditions.entries()) {
    const at = `${field}[${index}]`
    if (rules.required(`${at}.expression`, expression?.trim())) {
      const { problem } = compileMatchCondition(expression)
      if (problem !== undefined) rules.invalid(`${at}.expression`, expression.trim(), [problem])
    }
    if (rules.required(`${at}.name`, name)) rules.invalid(`${at}.name`, name, qualifiedNameProblems(name))
    if (name && names.has(name)) rules.add(duplicate(`${at}.name`, name))
    names.add(name)
  }
}
