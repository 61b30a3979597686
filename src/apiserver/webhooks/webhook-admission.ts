import { equalJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import { applyJsonPatch } from '../../kube/patch/json-patch.ts'
import { apiError } from '../../kube/status.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { Attributes, Decision } from '../rbac/attributes.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Shown } from './admission-review.ts'
import type { ConfiguredWebhook, WebhookConfigurations } from './configurations.ts'
import { type Invoker, invoke } from './invoke.ts'
import { meetsConditions } from './match-conditions.ts'
import { Rounds } from './reinvocation.ts'
import { isExempt, type ServedVersion, type Surroundings, selectedVersion } from './selection.ts'
import { annotateFailedOpen, annotateMutation, type PlacedCall, placeOf } from './round-annotations.ts'
import { equivalentsOf, patchedAs, replaceContent, shownAs } from './versions.ts'

export interface WebhookAdmissionParts {
  registry: ResourceRegistry
  configurations: WebhookConfigurations
  invoker: Invoker
  namespaceLabels: Surroundings['namespaceLabels']
  authorize(asked: Attributes): Decision
}

interface Selected {
  hook: ConfiguredWebhook
  version: ServedVersion
  shown: Shown
}

/** MutatingAdmissionWebhook and ValidatingAdmissionWebhook, each for its place in the chain. */
export function webhookAdmission(parts: WebhookAdmissionParts): {
  mutating: AdmissionPlugin
  validating: AdmissionPlugin
} {
  const { configurations } = parts
  return {
    mutating: {
      name: 'MutatingAdmissionWebhook',
      connections: true,
      handles: request => configurations.mutating.length > 0 && !isExempt(request),
      mutate: request => mutate(parts, request),
    },
    validating: {
      name: 'ValidatingAdmissionWebhook',
      connections: true,
      handles: request => configurations.validating.length > 0 && !isExempt(request),
      validate: request => validate(parts, request),
    },
  }
}

const rounds = new Rounds()

/** One webhook after the other, each on what the one before left. */
async function mutate(parts: WebhookAdmissionParts, request: AdmissionRequest): Promise<readonly string[]> {
  const round = rounds.of(request)
  round.begin(request)
  const warnings: string[] = []
  for (const [index, hook] of parts.configurations.mutating.entries()) {
    if (!round.isTurnOf(hook.id)) continue
    const selected = await select(parts, hook, request)
    if (!selected) continue
    const { changed, warnings: given } = await mutateBy(parts, selected, {
      request,
      hook,
      place: placeOf(round.isAgain ? 1 : 0, index),
    })
    warnings.push(...given)
    if (changed) {
      round.changed()
      request.wantsReinvocation = true
    }
    if (hook.webhook.reinvocationPolicy === 'IfNeeded') round.askAgainAfterChanges(hook.id)
  }
  round.end(request)
  return warnings
}

async function mutateBy(
  parts: WebhookAdmissionParts,
  { hook, version, shown }: Selected,
  call: PlacedCall,
): Promise<{ changed: boolean; warnings: readonly string[] }> {
  const { request } = call
  const verdict = await invoke(parts.invoker, { hook, request, shown, mutating: true })
  if (!verdict) annotateFailedOpen(call, 'mutating')
  const { patch, warnings = [] } = verdict ?? {}
  if (patch === undefined || (Array.isArray(patch) && patch.length === 0)) {
    annotateMutation(call, false, undefined)
    return { changed: false, warnings }
  }
  const { object } = request
  const { name } = hook.webhook
  if (!object || !shown.object)
    throw apiError(
      'InternalError',
      `Internal error occurred: admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    )
  const patched = await patchedObject(parts, { hook, version, shown }, { request, patch })
  const changed = !equalJson(patched, object)
  replaceContent(object, patched)
  annotateMutation(call, changed, patch)
  return { changed, warnings }
}

/** The object in the version of the request after a webhook's patch, defaulted and pruned again. */
async function patchedObject(
  { registry }: WebhookAdmissionParts,
  { hook, version, shown }: Selected,
  { request, patch }: { request: AdmissionRequest; patch: unknown },
): Promise<KubeObject> {
  try {
    const patched = applyJsonPatch(shown.object, patch) as KubeObject
    return await patchedAs(registry, { request, version, patched })
  } catch (error) {
    const why = `the patch of webhook ${JSON.stringify(hook.webhook.name)} cannot be applied: ${(error as Error).message}`
    throw apiError('InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] }, error)
  }
}

/** All at once; the refusal of the first in order counts. */
async function validate(parts: WebhookAdmissionParts, request: AdmissionRequest): Promise<readonly string[]> {
  const candidates = parts.configurations.validating.map(hook => select(parts, hook, request))
  const selected = (await Promise.all(candidates)).filter(candidate => candidate !== undefined)
  if (selected.length === 0) return []
  const asked = await Promise.allSettled(
    selected.map(({ hook, shown }) => invoke(parts.invoker, { hook, request, shown, mutating: false })),
  )
  for (const [index, result] of asked.entries()) {
    const hook = selected[index]?.hook
    const isIgnored = result.status === 'fulfilled' && result.value === undefined
    if (hook && isIgnored) annotateFailedOpen({ request, hook, place: placeOf(0, index) }, 'validating')
  }
  const refused = asked.find(result => result.status === 'rejected')
  if (refused) throw refused.reason
  return asked.flatMap(result => (result.status === 'fulfilled' ? (result.value?.warnings ?? []) : []))
}

async function select(
  { registry, namespaceLabels, authorize }: WebhookAdmissionParts,
  hook: ConfiguredWebhook,
  request: AdmissionRequest,
): Promise<Selected | undefined> {
  const version = selectedVersion(hook.webhook, request, {
    namespaceLabels,
    equivalents: ({ kind }) => equivalentsOf(registry, kind),
  })
  if (!version) return undefined
  const shown = await shownAs(registry, request, version)
  return meetsConditions(hook.webhook, { request, shown }, authorize) ? { hook, version, shown } : undefined
}
