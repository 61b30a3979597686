import { X509Certificate } from 'node:crypto'
import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { CertificateSigningRequest } from '../../../kube/generated/certificates-v1.ts'

const HOUR_MS = 3_600_000
const PENDING_MS = 24 * HOUR_MS

/**
 * Milliseconds until a request for a certificate is of no use any more: a day without decision, an hour after one, or
 * when its certificate has run out. Mirrors upstream's csrcleaner.
 */
export function uselessInMs({ metadata, status }: CertificateSigningRequest, now: number): number {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return Math.max(0, Date.parse(metadata.creationTimestamp) + PENDING_MS - now)
  const decided = conditions
    .filter(({ type }) => type === 'Approved' || type === 'Denied' || type === 'Failed')
    .map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? metadata.creationTimestamp) + HOUR_MS)
  const ends = [...decided, certificateEnd(status?.certificate)]
  return Math.max(0, Math.min(...ends) - now)
}

/** When the first certificate of the chain runs out; never where it cannot be read. */
function certificateEnd(base64: string | undefined): number {
  if (!base64) return Infinity
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo)
  } catch {
    // Whoever signed wrote something else: the hour after the decision still holds.
    return Infinity
  }
}

/** Deletes requests for certificates that are of no use any more. */
export function signingRequestCleaner({ client, clock, informers }: Kernel): Controller {
  const requests = informers.for(CertificateSigningRequest)
  return {
    name: 'certificatesigningrequest-cleaner',
    watches: [objectsOf(CertificateSigningRequest)],
    async reconcile(key) {
      const request = requests.get(key)
      if (!request || request.metadata.deletionTimestamp) return
      const left = uselessInMs(request, clock.now())
      // Conditions of other types only, without a decision: nothing to wait for.
      if (left === Infinity) return
      if (left > 0) return { after: left }
      const { uid, resourceVersion } = request.metadata
      await client.delete(CertificateSigningRequest, request.metadata, {
        preconditions: { uid, resourceVersion },
      })
    },
  }
}
