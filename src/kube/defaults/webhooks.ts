/** What mutating and validating webhooks have in common; their groups have no generated types. */
interface Webhook {
  failurePolicy?: string
  matchPolicy?: string
  namespaceSelector?: object
  objectSelector?: object
  timeoutSeconds?: number
  reinvocationPolicy?: string
  rules?: { scope?: string }[]
  clientConfig?: { service?: { port?: number } }
}

export function webhookDefaults(configuration: object, mutating: boolean): void {
  for (const webhook of (configuration as { webhooks?: Webhook[] }).webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail'
    webhook.matchPolicy ??= 'Equivalent'
    webhook.namespaceSelector ??= {}
    webhook.objectSelector ??= {}
    webhook.timeoutSeconds ??= 10
    if (mutating) webhook.reinvocationPolicy ??= 'Never'
    for (const rule of webhook.rules ?? []) rule.scope ??= '*'
    if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443
  }
}

interface MatchResources {
  matchPolicy?: string
  namespaceSelector?: object
  objectSelector?: object
  resourceRules?: { scope?: string }[]
  excludeResourceRules?: { scope?: string }[]
}

/** ValidatingAdmissionPolicy and MutatingAdmissionPolicy. */
export function admissionPolicyDefaults(policy: object): void {
  const { spec } = policy as { spec?: { failurePolicy?: string; matchConstraints?: MatchResources } }
  if (!spec) return
  spec.failurePolicy ??= 'Fail'
  matchDefaults(spec.matchConstraints)
}

export const admissionPolicyBindingDefaults = (binding: object): void =>
  matchDefaults((binding as { spec?: { matchResources?: MatchResources } }).spec?.matchResources)

function matchDefaults(match: MatchResources | undefined): void {
  if (!match) return
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])])
    rule.scope ??= '*'
}
