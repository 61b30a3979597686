import type { APIService, APIServiceSpec } from '../generated/apiregistration-v1.ts'
import { dns1035LabelProblems, dnsSubdomainProblems } from '../names.ts'
import { required } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

type Claim = Omit<APIService, 'spec'> & { spec?: Partial<APIServiceSpec> }

export function checkApiService(rules: Rules, { metadata, spec = {} }: Claim): void {
  const { group = '', version = '', groupPriorityMinimum: minimum = 0, versionPriority = 0 } = spec
  const name = `${version}.${group}`
  if (metadata.name && metadata.name !== name)
    rules.invalid('metadata.name', metadata.name, [
      `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`,
    ])
  if (group) rules.invalid('spec.group', group, dnsSubdomainProblems(group))
  else if (version !== 'v1')
    rules.add(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  rules.invalid('spec.version', version, dns1035LabelProblems(version))
  if (minimum <= 0 || minimum > 20_000)
    rules.invalid('spec.groupPriorityMinimum', minimum, ['must be positive and less than 20000'])
  if (versionPriority <= 0 || versionPriority > 1000)
    rules.invalid('spec.versionPriority', versionPriority, ['must be positive and less than 1000'])
  checkTrust(rules, spec)
}

function checkTrust(
  rules: Rules,
  { service, caBundle = '', insecureSkipTLSVerify }: Partial<APIServiceSpec>,
): void {
  if (service) {
    rules.required('spec.service.namespace', service.namespace)
    rules.required('spec.service.name', service.name)
    const { port = 443 } = service
    if (port < 1 || port > 65_535)
      rules.invalid('spec.service.port', port, ['port is not valid: must be between 1 and 65535, inclusive'])
    if (insecureSkipTLSVerify && caBundle)
      rules.invalid('spec.insecureSkipTLSVerify', true, ['may not be true if caBundle is present'])
    return
  }
  if (caBundle)
    rules.invalid('spec.caBundle', `${Buffer.byteLength(caBundle, 'base64')} bytes`, [
      'local APIServices may not have a caBundle',
    ])
  if (insecureSkipTLSVerify)
    rules.invalid('spec.insecureSkipTLSVerify', true, [
      'local APIServices may not have insecureSkipTLSVerify',
    ])
}
