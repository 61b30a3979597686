import type { AdmissionPlugin } from '../admission.ts'
import type { NamespaceContents } from '../kinds/namespace-contents.ts'
import type { Core } from '../pipeline/core.ts'
import { escalationCheck } from '../rbac/escalation.ts'
import { WebhookConfigurations } from '../webhooks/configurations.ts'
import { webhookAdmission } from '../webhooks/webhook-admission.ts'
import { serviceAccountAdmission } from './service-account.ts'

/** The admission plugins that every server has. */
export function builtInAdmission(core: Core, contents: NamespaceContents): readonly AdmissionPlugin[] {
  const { store, registry, clock, log, hooks, webhooks } = core
  const { mutating, validating } = webhookAdmission({
    registry,
    configurations: new WebhookConfigurations(store),
    invoker: {
      client: webhooks,
      log,
      elapsed: () => clock.elapsed(),
      observe: (...seen) => hooks.webhook?.(...seen),
    },
    namespaceLabels: name => store.head('/namespaces', '', name)?.object.metadata.labels ?? {},
  })
  return [serviceAccountAdmission(store, contents), escalationCheck(core.authorizer), mutating, validating]
}
