import { equalJson } from '../../kube/copy.ts'
import { CertificateSigningRequest } from '../../kube/generated/certificates-v1.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'
import type { RbacAuthorizer } from '../rbac/authorizer.ts'
import { organizationsIn } from './certificate-subject.ts'
import { isAbout, refusal } from './objects.ts'

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client'

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
    const organizations = organizationsIn(Buffer.from(encoded, 'base64').toString())
    if (!organizations)
      throw refusal(request, 'failed to parse CSR: PEM block type must be CERTIFICATE REQUEST')
    if (organizations.includes('system:masters'))
      throw refusal(request, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`)
  },
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
