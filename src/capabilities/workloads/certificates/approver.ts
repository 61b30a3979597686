import type { Kernel } from '../../../kernel/capability.ts'
import { type Controller, objectsOf } from '../../../kernel/controller.ts'
import { parseCertificateRequest } from '../../../kube/certificates/certificate-request.ts'
import { KUBELET_CLIENT_SIGNER, kubeletClientProblem } from '../../../kube/certificates/signers.ts'
import { CertificateSigningRequest } from '../../../kube/generated/certificates-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'

interface SubjectAccessReview extends KubeObject {
  spec: {
    user?: string | undefined
    uid?: string | undefined
    groups?: readonly string[] | undefined
    extra?: Record<string, string[]> | undefined
    resourceAttributes: Record<string, string>
  }
  status?: { allowed: boolean }
}
const SubjectAccessReview: Kind<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
}

/** A permission that approves a request by itself. */
export interface AutoApproval {
  /** What the requester must be allowed to create, as a subresource of certificatesigningrequests. */
  permission: 'selfnodeclient' | 'nodeclient'
  message: string
}

/** By which permissions a request would be approved by itself, in the order in which they are asked for. */
export function autoApprovals({ spec }: CertificateSigningRequest): AutoApproval[] {
  if (spec.signerName !== KUBELET_CLIENT_SIGNER) return []
  const request = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString())
  if (kubeletClientProblem(request, spec.usages ?? []) !== undefined) return []
  const self: AutoApproval = {
    permission: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  }
  const other: AutoApproval = {
    permission: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  }
  return spec.username === request.commonName ? [self, other] : [other]
}

const isDecided = ({ status }: CertificateSigningRequest): boolean =>
  Boolean(status?.certificate) ||
  (status?.conditions ?? []).some(({ type }) => type === 'Approved' || type === 'Denied')

/** Approves the client certificates that kubelets ask for, where they may. Mirrors upstream's csrapproving. */
export function signingRequestApprover({ client, informers }: Kernel): Controller {
  const requests = informers.for(CertificateSigningRequest)
  const isAllowed = async (
    { metadata, spec }: CertificateSigningRequest,
    { permission }: AutoApproval,
  ): Promise<boolean> => {
    const review = await client.create(SubjectAccessReview, {
      // A review is an answer, not an object: its name is only a part of the type.
      metadata: { name: metadata.name },
      spec: {
        user: spec.username,
        uid: spec.uid,
        groups: spec.groups,
        extra: spec.extra,
        resourceAttributes: {
          group: CertificateSigningRequest.group,
          resource: CertificateSigningRequest.plural,
          verb: 'create',
          subresource: permission,
          version: '*',
        },
      },
    })
    return review.status?.allowed ?? false
  }
  return {
    name: 'certificatesigningrequest-approver',
    watches: [objectsOf(CertificateSigningRequest)],
    async reconcile(key) {
      const request = requests.get(key)
      if (!request || isDecided(request)) return
      for (const approval of autoApprovals(request)) {
        if (!(await isAllowed(request, approval))) continue
        const conditions = [
          ...(request.status?.conditions ?? []),
          { type: 'Approved', status: 'True', reason: 'AutoApproved', message: approval.message },
        ]
        await client.update(
          CertificateSigningRequest,
          { ...request, status: { ...request.status, conditions } },
          { subresource: 'approval' },
        )
        return
      }
    },
  }
}
