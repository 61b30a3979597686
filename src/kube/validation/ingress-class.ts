import type { IngressClass, IngressClassParametersReference } from '../generated/networking-v1.ts'
import { dnsLabelProblems, dnsSubdomainProblems, pathSegmentProblems } from '../names.ts'
import type { Rules } from './rules.ts'

const MAX_CONTROLLER_LENGTH = 250

export function checkIngressClass(
  rules: Rules,
  { spec }: IngressClass,
  previous: IngressClass | undefined,
): void {
  const { controller = '', parameters } = spec ?? {}
  if (previous) rules.immutable('spec.controller', controller, previous.spec?.controller)
  if (controller.length > MAX_CONTROLLER_LENGTH) rules.tooLong('spec.controller', MAX_CONTROLLER_LENGTH)
  checkController(rules, 'spec.controller', controller)
  if (parameters) checkParameters(rules, 'spec.parameters', parameters)
}

const pathCharacters = String.raw`[A-Za-z0-9/\-._~%!$&'()*+,;=:]+`
const pathPattern = new RegExp(`^${pathCharacters}$`)

/** Of a controller: `domain/path`. */
function checkController(rules: Rules, field: string, name: string): void {
  if (!rules.required(field, name)) return
  const slash = name.indexOf('/')
  const [host, path] = slash < 0 ? [name, ''] : [name.slice(0, slash), name.slice(slash + 1)]
  if (host === '' || path === '') {
    rules.invalid(field, name, ['must be a domain-prefixed path (such as "acme.io/foo")'])
    return
  }
  rules.invalid(field, host, dnsSubdomainProblems(host))
  if (!pathPattern.test(path))
    rules.invalid(field, path, [`Invalid path (regex used for validation is '${pathCharacters}')`])
}

function checkParameters(
  rules: Rules,
  field: string,
  { apiGroup, kind, name, scope, namespace }: IngressClassParametersReference,
): void {
  if (apiGroup !== undefined) rules.invalid(`${field}.apiGroup`, apiGroup, dnsSubdomainProblems(apiGroup))
  rules.name(`${field}.kind`, kind, pathSegmentProblems)
  rules.name(`${field}.name`, name, pathSegmentProblems)
  rules.among(`${field}.scope`, scope, ['Cluster', 'Namespace'])
  if (scope === 'Namespace') {
    if (namespace === undefined)
      rules.required(`${field}.namespace`, undefined, "`parameters.scope` is set to 'Namespace'")
    else rules.invalid(`${field}.namespace`, namespace, dnsLabelProblems(namespace))
  } else if (scope === 'Cluster' && namespace !== undefined)
    rules.forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'")
}
