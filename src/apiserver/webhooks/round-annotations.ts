import type { AdmissionRequest } from '../admission.ts'
import type { ConfiguredWebhook } from './configurations.ts'

/** One call of a webhook, as the audit log tells it: the round of the chain, and its place among the webhooks. */
export interface PlacedCall {
  request: AdmissionRequest
  hook: ConfiguredWebhook
  place: string
}

export const placeOf = (round: number, index: number): string => `round_${round}_index_${index}`

/** A webhook failed, and its failure was ignored. */
export function annotateFailedOpen(
  { request, hook, place }: PlacedCall,
  kind: 'mutating' | 'validating',
): void {
  const prefix = kind === 'mutating' ? 'mutation' : 'validating'
  request.annotate?.(`failed-open.${prefix}.webhook.admission.k8s.io/${place}`, hook.webhook.name)
}

/** What a mutating webhook did: whether it changed the object, and by which patch. */
export function annotateMutation(
  { request, hook, place }: PlacedCall,
  mutated: boolean,
  patch: unknown,
): void {
  const who = { configuration: hook.configuration, webhook: hook.webhook.name }
  request.annotate?.(`mutation.webhook.admission.k8s.io/${place}`, JSON.stringify({ ...who, mutated }))
  if (!mutated) return
  const value = JSON.stringify({ ...who, patch, patchType: 'JSONPatch' })
  request.annotate?.(`patch.webhook.admission.k8s.io/${place}`, value, 'Request')
}
