import type {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../generated/admissionregistration-v1.ts'
import type { LabelSelector } from '../generated/meta-v1.ts'
import { ageColumn, integer, nameColumn, type TableColumn, text } from './column.ts'

type WebhookConfiguration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration

export const webhookColumns: readonly TableColumn<WebhookConfiguration>[] = [
  nameColumn,
  integer('Webhooks', ({ webhooks }) => webhooks?.length ?? 0),
  ageColumn,
]

const paramKind = ({ spec }: ValidatingAdmissionPolicy | MutatingAdmissionPolicy): string =>
  spec?.paramKind ? `${spec.paramKind.apiVersion ?? ''}/${spec.paramKind.kind ?? ''}` : '<unset>'

export const validatingPolicyColumns: readonly TableColumn<ValidatingAdmissionPolicy>[] = [
  nameColumn,
  integer('Validations', ({ spec }) => spec?.validations?.length ?? 0),
  text('ParamKind', paramKind),
  ageColumn,
]

export const mutatingPolicyColumns: readonly TableColumn<MutatingAdmissionPolicy>[] = [
  nameColumn,
  integer('Mutations', ({ spec }) => spec?.mutations?.length ?? 0),
  text('ParamKind', paramKind),
  ageColumn,
]

/** Whether the parameter belongs to a namespace cannot be told from here: one without is in all of them. */
function paramText(param: ParamRef | undefined): string {
  if (param?.name) return `${param.namespace || '*'}/${param.name}`
  return param?.selector ? goText(param.selector) : '<unset>'
}

/** As Go prints a LabelSelector. */
function goText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map(key => `${key}: ${matchLabels[key]},`)
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}

export const policyBindingColumns: readonly TableColumn<ValidatingAdmissionPolicyBinding>[] = [
  nameColumn,
  text('PolicyName', ({ spec }) => spec?.policyName ?? ''),
  text('ParamRef', ({ spec }) => paramText(spec?.paramRef)),
  ageColumn,
]
