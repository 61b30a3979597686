import type { MutatingWebhook, RuleWithOperations } from '../../kube/generated/admissionregistration-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { matchesLabelSelector } from '../../kube/selectors.ts'
import type { LabelSelector } from '../../kube/generated/meta-v1.ts'
import type { AdmissionRequest } from '../admission.ts'
import { matchesRule } from './rules.ts'

/** Objects that configure admission are not shown to webhooks: one that refuses everything can be removed again. */
const exempt = new Set([
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
])

export const isExempt = ({ kind }: AdmissionRequest): boolean =>
  kind.group === 'admissionregistration.k8s.io' && exempt.has(kind.kind)

/** A version of the resource of a request, as a rule may name it. */
export interface ServedVersion {
  group: string
  version: string
  plural: string
  kind: string
}

/** What is asked about a request's surroundings. */
export interface Surroundings {
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined
  /** Other groups and versions that serve the same objects. */
  equivalents(request: AdmissionRequest): readonly ServedVersion[]
}

/** What webhooks and admission policies say about the requests that they mean. */
export interface Wanted {
  readonly rules: readonly NamedRule[]
  readonly matchPolicy?: string | undefined
  readonly namespaceSelector?: LabelSelector | undefined
  readonly objectSelector?: LabelSelector | undefined
}

/** A rule that may be about certain objects only. */
type NamedRule = RuleWithOperations & { resourceNames?: readonly string[] | undefined }

/**
 * The version in which the webhook wants to see the request; undefined when it does not want to. Selectors and rules
 * as in admissionregistration.k8s.io/v1; match conditions are looked at by the caller.
 */
export function selectedVersion(
  { rules = [], ...webhook }: MutatingWebhook,
  request: AdmissionRequest,
  surroundings: Surroundings,
): ServedVersion | undefined {
  const wanted = { ...webhook, rules }
  const version = versionByRules(wanted, request, surroundings)
  return version && matchesSelectors(wanted, request, surroundings) ? version : undefined
}

/** The version of the request, or an equivalent one, that one of the rules means. */
export function versionByRules(
  { rules, matchPolicy }: Pick<Wanted, 'rules' | 'matchPolicy'>,
  request: AdmissionRequest,
  surroundings: Surroundings,
): ServedVersion | undefined {
  const { kind, operation, subresource, namespace, name } = request
  const means = (version: ServedVersion) =>
    rules.some(
      rule =>
        matchesRule(rule, { ...version, operation, subresource, namespace }) &&
        (!rule.resourceNames?.length || rule.resourceNames.includes(name)),
    )
  if (means(kind)) return kind
  return matchPolicy === 'Exact' ? undefined : surroundings.equivalents(request).find(means)
}

export const matchesSelectors = (
  { namespaceSelector, objectSelector }: Pick<Wanted, 'namespaceSelector' | 'objectSelector'>,
  request: AdmissionRequest,
  surroundings: Surroundings,
): boolean =>
  matchesNamespace(namespaceSelector, request, surroundings) && matchesObject(objectSelector, request)

function matchesNamespace(
  selector: LabelSelector | undefined,
  request: AdmissionRequest,
  surroundings: Surroundings,
): boolean {
  if (isEmpty(selector)) return true
  const { kind, object, previous, namespace } = request
  const isNamespace = kind.group === '' && kind.plural === 'namespaces'
  if (isNamespace) return matchesLabelSelector(selector, (object ?? previous)?.metadata.labels)
  if (!namespace) return true
  return matchesLabelSelector(selector, surroundings.namespaceLabels(namespace))
}

function matchesObject(
  selector: LabelSelector | undefined,
  { operation, object, previous }: AdmissionRequest,
): boolean {
  if (isEmpty(selector)) return true
  // The options of a connection have no labels.
  if (operation === 'CONNECT') return false
  const fits = (candidate: KubeObject | undefined) =>
    candidate !== undefined && matchesLabelSelector(selector, candidate.metadata.labels)
  return fits(object) || fits(previous)
}

const isEmpty = (selector: LabelSelector | undefined) =>
  !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0
