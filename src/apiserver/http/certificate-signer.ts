import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { AlternativeName, CertificateRequest } from '../../kube/certificates/certificate-request.ts'
import { extendedKeyUsages, keyUsageBits } from '../../kube/certificates/key-usages.ts'
import type { Clock } from '../../lib/clock.ts'
import { extension, issue, issuedBy, type KeyPair, subjectOf } from './certificates.ts'
import * as der from './der.ts'

export interface CertificateTerms {
  /** As in `certificates.k8s.io/v1`. */
  usages: readonly string[]
  durationMs: number
}

/** The cluster's authority, as far as others may use it. */
export interface CertificateSigner {
  /** A certificate in PEM, never beyond the authority's own end. Throws where the authority has expired. */
  sign(request: CertificateRequest, terms: CertificateTerms): string
}

const BACKDATE_MS = 5 * 60_000
/** Below this the five minutes would be a part that counts, so the end is not moved back with the beginning. */
const SHORT_MS = 8 * 3_600_000
const alternativeOrder: readonly AlternativeName['type'][] = ['dns', 'email', 'ip', 'uri']

/** Signs as the signers of kube-controller-manager do (PermissiveSigningPolicy). */
export function certificateSigner(authority: KeyPair, clock: Clock): CertificateSigner {
  const key = createPrivateKey(authority.key)
  const issuer = subjectOf(authority)
  const end = Date.parse(new X509Certificate(authority.certificate).validTo)
  return {
    sign(request, { usages, durationMs }) {
      const now = clock.now()
      if (now >= end)
        throw new Error(
          `refusing to sign a certificate that expired in the past: NotAfter=${new Date(end).toISOString()}`,
        )
      const wanted = now + durationMs - (durationMs < SHORT_MS ? 0 : BACKDATE_MS)
      return issue({
        notBefore: now - BACKDATE_MS,
        notAfter: Math.min(wanted, end),
        issuer,
        subject: request.subject,
        publicKeyInfo: request.publicKeyInfo,
        extensions: extensionsFor(request, usages, authority),
        signWith: key,
      })
    },
  }
}

function extensionsFor(
  { subject, alternativeNames }: CertificateRequest,
  usages: readonly string[],
  authority: KeyPair,
): Buffer[] {
  const bits = new Set(usages.flatMap(usage => keyUsageBits[usage] ?? []))
  const purposes = Object.entries(extendedKeyUsages).flatMap(([usage, id]) =>
    id && usages.includes(usage) ? [id] : [],
  )
  const names = alternativeOrder.flatMap(type => alternativeNames.filter(name => name.type === type))
  return [
    ...(bits.size > 0 ? [extension('2.5.29.15', bitString(bits), true)] : []),
    ...(purposes.length > 0
      ? [extension('2.5.29.37', der.sequence(...[...new Set(purposes)].map(der.identifier)))]
      : []),
    extension('2.5.29.19', der.sequence(), true),
    issuedBy(authority),
    // RFC 5280 4.2.1.6: critical where the subject is empty.
    ...(names.length > 0
      ? [extension('2.5.29.17', der.sequence(...names.map(name => name.der)), isEmpty(subject))]
      : []),
  ]
}

/** An empty SEQUENCE is a tag and a length of zero. */
const isEmpty = (name: Buffer) => name.length === 2

/** The first bit is the highest of the first byte; zeros at the end are not written (X.690 11.2.2). */
function bitString(bits: ReadonlySet<number>): Buffer {
  const last = Math.max(...bits)
  const bytes = Buffer.alloc((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return der.bits(bytes, 7 - (last & 7))
}
