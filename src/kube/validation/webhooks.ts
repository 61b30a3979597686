import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../generated/admissionregistration-v1.ts'
import { dns1035LabelProblems, dnsSubdomainProblems, portNumberProblems } from '../names.ts'
import { duplicate, invalidValue, required } from '../schema/field-error.ts'
import { checkMatchConditions, checkRuleWithOperations, supported } from './admission-rules.ts'
import type { Rules } from './rules.ts'

const REVIEW_VERSIONS = ['v1', 'v1beta1']
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun']

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
  checkMatchConditions(rules, `${at}.matchConditions`, { conditions: matchConditions })
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
