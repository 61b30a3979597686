import type { CertificateSigningRequest } from '../../kube/generated/certificates-v1.ts'
import type { AdmissionPlugin } from '../admission.ts'

/** Notes in a certificate signing request who made it; nobody can say otherwise. */
export const certificateRequester: AdmissionPlugin = {
  name: 'CertificateRequester',
  handles: ({ kind, operation }) =>
    operation === 'CREATE' &&
    kind.plural === 'certificatesigningrequests' &&
    kind.group === 'certificates.k8s.io',
  mutate({ object, user }) {
    // The plugin handles that kind only; without a spec it is refused for that.
    const { spec } = object as unknown as CertificateSigningRequest
    if (!spec) return
    spec.username = user.username
    spec.groups = [...user.groups]
    if (user.uid) spec.uid = user.uid
    else delete spec.uid
    if (user.extra && Object.keys(user.extra).length > 0)
      spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]))
    else delete spec.extra
  },
}
