import type { CertificateSigningRequest } from '../../kube/generated/certificates-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

// The behaviour is that of CertificateSigningRequests only.
const asRequest = (object: KubeObject) => object as unknown as CertificateSigningRequest

/** Through `approval` only conditions are written, as upstream's strategy for it. */
export const signingRequestBehaviour: Partial<Behaviour> = {
  views: {
    approval: (wished, current) =>
      ({
        ...current,
        status: { ...asRequest(current).status, conditions: asRequest(wished).status?.conditions },
      }) as unknown as KubeObject,
  },
}
