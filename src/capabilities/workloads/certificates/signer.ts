import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf, TerminalError } from '../../../kernel/controller.ts'
import {
  type CertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
} from '../../../kube/certificates/certificate-request.ts'
import { isClusterSigner, signerProblem } from '../../../kube/certificates/signers.ts'
import { CertificateSigningRequest } from '../../../kube/generated/certificates-v1.ts'
import { toTime } from '../../../lib/clock.ts'

/** `--cluster-signing-duration` of kube-controller-manager. */
const MAX_SECONDS = 365 * 24 * 3600
/** Twice the five minutes by which certificates are dated back. */
const MIN_SECONDS = 600

/** How long a certificate is good for, in seconds. */
export const secondsOf = ({ expirationSeconds }: CertificateSigningRequest['spec']): number =>
  Math.max(MIN_SECONDS, Math.min(MAX_SECONDS, expirationSeconds ?? MAX_SECONDS))

/** Whether the cluster's authority should look at a request now. */
export function isToBeSigned({ spec, status }: CertificateSigningRequest): boolean {
  const types = new Set(
    (status?.conditions ?? []).filter(({ status: is }) => is === 'True').map(({ type }) => type),
  )
  return (
    isClusterSigner(spec.signerName) &&
    !status?.certificate &&
    types.has('Approved') &&
    !types.has('Denied') &&
    !types.has('Failed')
  )
}

/** Signs approved requests with the cluster's authority. Mirrors upstream's csrsigning. */
export function signingRequestSigner({ client, clock, informers, ports }: Kernel): Controller {
  const requests = informers.for(CertificateSigningRequest)
  const writeStatus = (request: CertificateSigningRequest, status: CertificateSigningRequest['status']) =>
    client.update(
      CertificateSigningRequest,
      { ...request, status: { ...request.status, ...status } },
      { subresource: 'status' },
    )
  return {
    name: 'certificatesigningrequest-signer',
    watches: [objectsOf(CertificateSigningRequest)],
    async reconcile(key) {
      const request = requests.get(key)
      if (!ports.certificateSigner || !request || !isToBeSigned(request)) return
      const { spec, status } = request
      const asked = parsed(spec.request)
      const problem = signerProblem(spec.signerName, asked, spec.usages ?? [])
      if (problem !== undefined) {
        const failed = {
          type: 'Failed',
          status: 'True',
          reason: 'SignerValidationFailure',
          message: problem,
          lastUpdateTime: toTime(clock.now()),
        }
        await writeStatus(request, { conditions: [...(status?.conditions ?? []), failed] })
        return
      }
      const pem = ports.certificateSigner.sign(asked, {
        usages: spec.usages ?? [],
        durationMs: secondsOf(spec) * 1000,
      })
      await writeStatus(request, { certificate: Buffer.from(pem).toString('base64') })
    },
  }
}

function parsed(request: string): CertificateRequest {
  try {
    return parseCertificateRequest(Buffer.from(request, 'base64').toString())
  } catch (error) {
    // A spec does not change, so this one stays unreadable.
    if (error instanceof CertificateRequestError) throw new TerminalError(error.message, { cause: error })
    throw error
  }
}
