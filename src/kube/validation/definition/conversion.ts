import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts'
import { dns1035LabelProblems, portNumberProblems } from '../../names.ts'
import { invalidValue } from '../../schema/field-error.ts'
import type { Rules } from '../rules.ts'

type Conversion = NonNullable<CustomResourceDefinition['spec']['conversion']>

const FORM = '; desired format: https://host[/path]'
const accepted = ['v1', 'v1beta1']

/** Where a conversion webhook is, and which versions of ConversionReview it speaks. Fields have their internal names. */
export function checkConversion(rules: Rules, at: string, conversion: Conversion | undefined): void {
  if (!conversion) return
  rules.oneOf(`${at}.strategy`, conversion.strategy, ['None', 'Webhook'])
  const { webhook } = conversion
  const client = `${at}.webhookClientConfig`
  const versions = `${at}.conversionReviewVersions`
  if (conversion.strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook'
    if (webhook?.clientConfig) rules.forbidden(client, detail)
    if (webhook?.conversionReviewVersions?.length) rules.forbidden(versions, detail)
    return
  }
  const config = webhook?.clientConfig
  if (!config) rules.required(client, undefined, 'required when strategy is set to Webhook')
  else if ((config.url === undefined) === (config.service === undefined))
    rules.required(client, undefined, 'exactly one of url or service is required')
  else if (config.url !== undefined) checkUrl(rules, `${client}.url`, config.url)
  else if (config.service) checkService(rules, `${client}.service`, config.service)
  if (
    config?.caBundle &&
    !/-----BEGIN CERTIFICATE-----/.test(Buffer.from(config.caBundle, 'base64').toString())
  )
    rules.invalid(`${client}.caBundle`, config.caBundle, [
      'unable to load root certificates: unable to parse bytes as PEM block',
    ])
  checkReviewVersions(rules, versions, webhook?.conversionReviewVersions ?? [])
}

function checkUrl(rules: Rules, field: string, text: string): void {
  if (!URL.canParse(text)) {
    rules.required(
      field,
      undefined,
      `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI${FORM}`,
    )
    return
  }
  const url = new URL(text)
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https') rules.invalid(field, scheme, [`'https' is the only allowed URL scheme${FORM}`])
  if (url.host === '') rules.invalid(field, '', [`host must be specified${FORM}`])
  if (url.username !== '')
    rules.invalid(field, url.username, ['user information is not permitted in the URL'])
  if (url.hash !== '') rules.invalid(field, url.hash.slice(1), ['fragments are not permitted in the URL'])
  if (url.search !== '')
    rules.invalid(field, url.search.slice(1), ['query parameters are not permitted in the URL'])
}

interface Service {
  readonly name: string
  readonly namespace: string
  readonly port?: number | undefined
}

function checkService(rules: Rules, at: string, { name, namespace, port = 443 }: Service): void {
  rules.required(`${at}.name`, name)
  rules.required(`${at}.namespace`, namespace)
  const problems = portNumberProblems(port)
  if (problems.length > 0) rules.invalid(`${at}.port`, port, [`port is not valid: ${problems.join(', ')}`])
}

function checkReviewVersions(rules: Rules, field: string, versions: readonly string[]): void {
  if (!rules.required(field, versions)) return
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) < index)
      rules.add(invalidValue(`${field}[${index}]`, version, 'duplicate version'))
    else rules.invalid(`${field}[${index}]`, version, dns1035LabelProblems(version))
  }
  if (!versions.some(version => accepted.includes(version)))
    rules.invalid(field, versions, [`must include at least one of ${accepted.join(', ')}`])
}
