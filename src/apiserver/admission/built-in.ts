import type { AdmissionPlugin } from '../admission.ts'
import type { NamespaceContents } from '../kinds/namespace-contents.ts'
import type { Core } from '../pipeline/core.ts'
import { admissionPolicies } from '../policies/built-in-policies.ts'
import { escalationCheck } from '../rbac/escalation.ts'
import { WebhookConfigurations } from '../webhooks/configurations.ts'
import { webhookAdmission } from '../webhooks/webhook-admission.ts'
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts'
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { limitRanger } from './limit-ranger.ts'
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'
import { certificateRequester } from './certificate-requester.ts'
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
    authorize: asked => core.authorizer.authorize(asked),
    namespaceLabels: name => store.head('/namespaces', '', name)?.object.metadata.labels ?? {},
  })
  return [
    escalationCheck(core.authorizer),
    limitRanger(store),
    serviceAccountAdmission(store, contents),
    certificateRequester,
    taintNodesByCondition,
    priority(store),
    defaultTolerationSeconds,
    runtimeClass(store),
    defaultStorageClass(store),
    storageObjectInUseProtection,
    persistentVolumeClaimResize(store),
    certificateApproval(core.authorizer),
    certificateSigning(core.authorizer),
    certificateSubjectRestriction,
    defaultIngressClass(store),
    podTopologyLabels(store),
    ...admissionPolicies(core),
    mutating,
    validating,
    resourceQuota(store, clock),
  ]
}
