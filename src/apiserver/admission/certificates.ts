import {
  CertificateRequestError,
  parseCertificateRequest,
} from '../../kube/certificates/certificate-request.ts'
import { CLIENT_SIGNER } from '../../kube/certificates/signers.ts'
import { equalJson } from '../../kube/copy.ts'
import { CertificateSigningRequest } from '../../kube/generated/certificates-v1.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { RbacAuthorizer } from '../rbac/authorizer.ts'
import { isAbout, refusal } from './objects.ts'

const isThrough = ({ kind, operation, subresource }: AdmissionRequest, wanted: string): boolean =>
  kind.plural === CertificateSigningRequest.plural &&
  kind.group === CertificateSigningRequest.group &&
  operation === 'UPDATE' &&
  subresource === wanted

// The plugins handle CertificateSigningRequests only.
const asRequest = (object: unknown) => object as CertificateSigningRequest

/** Who approves a request must be allowed to `approve` for its signer. */
export const certificateApproval = (authorizer: RbacAuthorizer): AdmissionPlugin => ({
  name: 'CertificateApproval',
  handles: request => isThrough(request, 'approval'),
  validate(request) {
    const { signerName } = asRequest(request.previous).spec
    if (!mayUse(authorizer, request, 'approve'))
      throw refusal(
        request,
        `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`,
      )
  },
})

/** Who writes a certificate or conditions must be allowed to `sign` for the request's signer. */
export const certificateSigning = (authorizer: RbacAuthorizer): AdmissionPlugin => ({
  name: 'CertificateSigning',
  handles: request => isThrough(request, 'status'),
  validate(request) {
    const [before, after] = [asRequest(request.previous), asRequest(request.object)]
    const same =
      before.status?.certificate === after.status?.certificate &&
      equalJson(before.status?.conditions, after.status?.conditions)
    if (!same && !mayUse(authorizer, request, 'sign'))
      throw refusal(
        request,
        `user not permitted to sign requests with signerName ${JSON.stringify(before.spec.signerName)}`,
      )
  },
})

/** Nobody gets a client certificate of the group that may do everything. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: request => request.operation === 'CREATE' && isAbout(request, CertificateSigningRequest),
  validate(request) {
    const { signerName, request: encoded } = asRequest(request.object).spec
    if (signerName !== CLIENT_SIGNER) return
    if (organizationsIn(encoded, request).includes('system:masters'))
      throw refusal(request, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`)
  },
}

function organizationsIn(encoded: string, request: AdmissionRequest): string[] {
  try {
    return parseCertificateRequest(Buffer.from(encoded, 'base64').toString()).organizations
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error
    throw refusal(request, `failed to parse CSR: ${error.message}`)
  }
}

/** For one signer, or for all of its domain: `example.com/*`. */
function mayUse(authorizer: RbacAuthorizer, { user, previous }: AdmissionRequest, verb: string): boolean {
  const { signerName } = asRequest(previous).spec
  return [signerName, `${signerName.split('/')[0]}/*`].some(
    name =>
      authorizer.authorize({
        user,
        verb,
        group: CertificateSigningRequest.group,
        resource: 'signers',
        subresource: '',
        namespace: '',
        name,
      }).allowed,
  )
}
