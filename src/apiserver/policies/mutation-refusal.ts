import { ApiError, forbidden } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import { nameOf } from './refusal.ts'

/** Why a mutating policy could not be followed. */
export interface MutationProblem {
  readonly policy: {
    readonly metadata: { readonly name: string }
    readonly spec: { failurePolicy?: string | undefined }
  }
  readonly binding?: { readonly metadata: { readonly name: string } } | undefined
  readonly message: string
  readonly reason?: string
}

/** The answer to a request that mutating policies failed at: the first is the message, all are causes. The code is 403, whatever the reason says. */
export function mutationRefusal(request: AdmissionRequest, problems: readonly MutationProblem[]): ApiError {
  const causes = problems.map(({ policy, binding, message }) => ({
    message: binding
      ? `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`
      : `policy ${JSON.stringify(policy.metadata.name)} denied request: ${message}`,
  }))
  const { status } = forbidden(request.kind, nameOf(request), '')
  const [first] = causes
  return new ApiError({
    ...status,
    ...first,
    reason: problems[0]?.reason ?? 'Forbidden',
    details: { ...status.details, causes },
  })
}
