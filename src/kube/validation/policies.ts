import { isIP } from 'node:net'
import type { Lease } from '../generated/coordination-v1.ts'
import type { Event } from '../generated/core-v1.ts'
import type { HTTPIngressPath, Ingress, IngressBackend } from '../generated/networking-v1.ts'
import type { PodDisruptionBudget } from '../generated/policy-v1.ts'
import type { PriorityClass } from '../generated/scheduling-v1.ts'
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  pathSegmentProblems,
  portNameProblems,
  portNumberProblems,
  wildcardProblems,
} from '../names.ts'
import { invalidValue } from '../schema/field-error.ts'
import type { Rules } from './rules.ts'

export function checkDisruptionBudget(rules: Rules, { spec }: PodDisruptionBudget): void {
  if (!spec) return
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    rules.add(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  for (const key of ['minAvailable', 'maxUnavailable'] as const) {
    rules.countOrPercent(`spec.${key}`, spec[key])
    rules.atMostAll(`spec.${key}`, spec[key])
  }
  rules.selector('spec.selector', spec.selector)
  if (spec.unhealthyPodEvictionPolicy !== undefined)
    rules.among('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, [
      'AlwaysAllow',
      'IfHealthyBudget',
    ])
}

export function checkIngress(rules: Rules, { spec }: Ingress): void {
  if (!spec?.rules?.length && !spec?.defaultBackend)
    rules.add(
      invalidValue('spec', spec?.rules ?? null, 'either `defaultBackend` or `rules` must be specified'),
    )
  if (spec?.defaultBackend) checkBackend(rules, 'spec.defaultBackend', spec.defaultBackend)
  for (const [index, rule] of (spec?.rules ?? []).entries()) {
    if (rule.host) checkHost(rules, `spec.rules[${index}].host`, rule.host)
    if (rule.http) rules.required(`spec.rules[${index}].http.paths`, rule.http.paths)
    for (const [at, path] of (rule.http?.paths ?? []).entries()) {
      const field = `spec.rules[${index}].http.paths[${at}]`
      if (path.pathType === undefined) {
        rules.required(`${field}.pathType`, undefined, 'pathType must be specified')
        continue
      }
      checkPath(rules, field, path)
      checkBackend(rules, `${field}.backend`, path.backend)
    }
  }
  for (const [index, { hosts = [], secretName }] of (spec?.tls ?? []).entries()) {
    for (const [at, host] of hosts.entries())
      rules.invalid(`spec.tls[${index}].hosts[${at}]`, host, hostProblems(host))
    if (secretName)
      rules.invalid(`spec.tls[${index}].secretName`, secretName, dnsSubdomainProblems(secretName))
  }
  const className = spec?.ingressClassName
  if (className !== undefined)
    rules.invalid('spec.ingressClassName', className, dnsSubdomainProblems(className))
}

const hostProblems = (host: string) =>
  host.includes('*') ? wildcardProblems(host) : dnsSubdomainProblems(host)

function checkHost(rules: Rules, field: string, host: string): void {
  if (isIP(host)) rules.invalid(field, host, ['must be a DNS name, not an IP address'])
  rules.invalid(field, host, hostProblems(host))
}

/** What an absolute path of an Ingress may neither hold nor end with. */
const unclear = { parts: ['//', '/./', '/../', '%2f', '%2F'], ends: ['/..', '/.'] }

function checkPath(rules: Rules, field: string, { pathType, path = '' }: HTTPIngressPath): void {
  rules.among(`${field}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix'])
  const isExact = pathType === 'Exact' || pathType === 'Prefix'
  if (!isExact && (pathType !== 'ImplementationSpecific' || path === '')) return
  if (!path.startsWith('/')) rules.invalid(`${field}.path`, path, ['must be an absolute path'])
  if (!isExact) return
  for (const part of unclear.parts)
    if (path.includes(part)) rules.invalid(`${field}.path`, path, [`must not contain '${part}'`])
  for (const end of unclear.ends)
    if (path.endsWith(end)) rules.invalid(`${field}.path`, path, [`cannot end with '${end}'`])
}

function checkBackend(rules: Rules, field: string, backend: IngressBackend | undefined): void {
  const { resource, service } = backend ?? {}
  if (!service) {
    if (resource) checkResource(rules, `${field}.resource`, resource)
    else rules.invalid(field, '', ['resource or service backend is required'])
    return
  }
  if (resource) {
    rules.invalid(field, '', ['cannot set both resource and service backends'])
    return
  }
  rules.name(`${field}.service.name`, service.name, dnsLabelProblems)
  const { name, number } = service.port ?? {}
  if (name && number) rules.invalid(field, '', ['cannot set both port name & port number'])
  else if (name) rules.invalid(`${field}.service.port.name`, name, portNameProblems(name))
  else if (number) rules.invalid(`${field}.service.port.number`, number, portNumberProblems(number))
  else rules.required(field, undefined, 'port name or number is required')
}

function checkResource(
  rules: Rules,
  field: string,
  { apiGroup, kind, name }: NonNullable<IngressBackend['resource']>,
): void {
  if (apiGroup !== undefined) rules.invalid(`${field}.apiGroup`, apiGroup, dnsSubdomainProblems(apiGroup))
  rules.name(`${field}.kind`, kind, pathSegmentProblems)
  rules.name(`${field}.name`, name, pathSegmentProblems)
}

export function checkLease(rules: Rules, { spec }: Lease): void {
  rules.positive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds)
  if (spec?.leaseTransitions !== undefined && spec.leaseTransitions < 0)
    rules.invalid('spec.leaseTransitions', spec.leaseTransitions, ['must be greater than or equal to 0'])
}

export function checkEvent(rules: Rules, { involvedObject, metadata }: Event): void {
  if (!rules.required('involvedObject', involvedObject)) return
  const { namespace } = involvedObject
  if (namespace && metadata.namespace !== namespace)
    rules.invalid('involvedObject.namespace', namespace, ['does not match event.namespace'])
}

/** The classes that every cluster has, with their values. */
const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

export function checkPriorityClass(
  rules: Rules,
  priority: PriorityClass,
  previous: PriorityClass | undefined,
): void {
  const { value = 0, preemptionPolicy, metadata } = priority
  // A missing name is refused with the metadata.
  if (metadata.name?.startsWith('system-')) {
    const problem = systemProblem(priority)
    if (problem !== undefined)
      rules.forbidden(
        'metadata.name',
        `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`,
      )
  } else if (value > 1_000_000_000)
    rules.forbidden('value', 'maximum allowed value of a user defined priority is 1000000000')
  rules.oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  if (!previous) return
  if (value !== (previous.value ?? 0)) rules.forbidden('value', 'may not be changed in an update.')
  rules.immutable('preemptionPolicy', preemptionPolicy, previous.preemptionPolicy)
}

function systemProblem({ metadata: { name }, value, globalDefault }: PriorityClass): string | undefined {
  const expected = systemPriorities[name]
  if (expected === undefined) return `${name} is not a known system priority class`
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined
}
