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
