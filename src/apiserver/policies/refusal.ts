import { ApiError, forbidden } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'

/** One policy's refusal of a request. */
export interface Refusal {
  readonly policy: string
  readonly binding?: string | undefined
  readonly message: string
  /** A reason of metav1.StatusReason; Invalid where none is given. */
  readonly reason?: string | undefined
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
}

/** The answer to a request that a ValidatingAdmissionPolicy refused, in upstream's words. */
export function refusal(
  request: AdmissionRequest,
  { policy, binding, message, reason = 'Invalid' }: Refusal,
  warnings: readonly string[],
): ApiError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`
  const words = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`
  const { status } = forbidden(request.kind, nameOf(request), words)
  const details = { ...status.details, causes: [{ message: words }] }
  return new ApiError({ ...status, reason, code: codes[reason] ?? 422, details }, { warnings })
}

/** What errors call the object of a request: also one that has no name yet. */
export function nameOf({ name, object }: AdmissionRequest): string {
  return name || object?.metadata.name || object?.metadata.generateName || 'Unknown'
}
