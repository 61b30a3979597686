import type { KubeObject } from '../../kube/object.ts'
import { ApiError } from '../../kube/status.ts'
import type { Status } from '../../kube/generated/meta-v1.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { RequestOptions } from '../request.ts'

/** A request as a webhook is shown it: in the version that its rule names. */
export interface Shown {
  group: string
  version: string
  kind: string
  plural: string
  object: KubeObject | undefined
  previous: KubeObject | undefined
}

/** Versions of AdmissionReview that are spoken; a webhook lists those that it knows, the one it likes best first. */
const reviewVersions = ['v1', 'v1beta1']

export const reviewVersionFor = (accepted: readonly string[]): string | undefined =>
  accepted.find(version => reviewVersions.includes(version))

/** admission.k8s.io AdmissionReview with its request. */
export const admissionReview = (
  request: AdmissionRequest,
  shown: Shown,
  { uid, version }: { uid: string; version: string },
): object => ({
  kind: 'AdmissionReview',
  apiVersion: `admission.k8s.io/${version}`,
  request: {
    uid,
    ...requestOf(request, shown),
    object: shown.object ?? null,
    oldObject: shown.previous ?? null,
  },
})

/** admission.k8s.io AdmissionRequest without uid and objects. */
export function requestOf(request: AdmissionRequest, shown: Shown): object {
  const { kind, user, subresource } = request
  const { group, plural } = shown
  return {
    kind: { group, version: shown.version, kind: shown.kind },
    resource: { group, version: shown.version, resource: plural },
    ...(subresource === undefined ? {} : { subResource: subresource }),
    requestKind: { group: kind.group, version: kind.version, kind: kind.kind },
    requestResource: { group: kind.group, version: kind.version, resource: kind.plural },
    ...(subresource === undefined ? {} : { requestSubResource: subresource }),
    ...(request.name ? { name: request.name } : {}),
    ...(request.namespace ? { namespace: request.namespace } : {}),
    operation: request.operation,
    userInfo: {
      username: user.username,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    dryRun: request.dryRun,
    options: optionsOf(request.operation, request.options),
  }
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const

function optionsOf(operation: AdmissionRequest['operation'], options: RequestOptions): object | null {
  if (operation === 'CONNECT') return null
  const { dryRun, fieldManager, fieldValidation } = options
  const { gracePeriodSeconds, propagationPolicy, preconditions } = options
  return {
    kind: optionKinds[operation],
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(operation === 'DELETE'
      ? { gracePeriodSeconds, propagationPolicy, preconditions }
      : { fieldManager, fieldValidation }),
  }
}

/** What a webhook answered. `patch` is an RFC 6902 document. */
export interface AdmissionVerdict {
  allowed: boolean
  status: Status | undefined
  patch: unknown
  warnings: readonly string[]
  auditAnnotations: Readonly<Record<string, string>>
}

/** More or longer warnings than this are cut: they travel in headers. */
const MAX_WARNINGS = 20

/** Reads the answer to a review. Throws Error that says what is wrong with it, as upstream's verification does. */
export function readVerdict(
  answer: unknown,
  expected: { uid: string; version: string; mutating: boolean },
): AdmissionVerdict {
  const { response, apiVersion = '', kind = '' } = isJsonObject(answer) ? answer : {}
  if (!isJsonObject(response)) throw new Error('webhook response was absent')
  const { uid, allowed, status, patch, patchType, warnings, auditAnnotations } = response
  if (expected.version === 'v1') {
    if (uid !== expected.uid)
      throw new Error(
        `expected response.uid=${JSON.stringify(expected.uid)}, got ${JSON.stringify(uid ?? '')}`,
      )
    if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview')
      throw new Error(
        `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${String(apiVersion)}, Kind=${String(kind)}`,
      )
    checkPatch(patch, patchType, expected.mutating)
  }
  if (typeof allowed !== 'boolean' && allowed !== undefined) throw new Error('response.allowed is no boolean')
  return {
    allowed: allowed === true,
    status: isJsonObject(status) ? (status as Status) : undefined,
    patch: expected.mutating && typeof patch === 'string' && patch !== '' ? decodePatch(patch) : undefined,
    warnings: Array.isArray(warnings) ? warnings.slice(0, MAX_WARNINGS).map(String) : [],
    auditAnnotations: isJsonObject(auditAnnotations)
      ? Object.fromEntries(Object.entries(auditAnnotations).map(([key, value]) => [key, String(value)]))
      : {},
  }
}

function checkPatch(patch: unknown, patchType: unknown, mutating: boolean): void {
  const hasPatch = patch !== undefined && patch !== null && patch !== ''
  const hasType = patchType !== undefined && patchType !== null
  if (!mutating) {
    if (hasPatch) throw new Error('validating webhook may not return response.patch')
    if (hasType) throw new Error('validating webhook may not return response.patchType')
    return
  }
  if (hasPatch && !hasType) throw new Error('webhook returned response.patch but not response.patchType')
  if (!hasPatch && hasType) throw new Error('webhook returned response.patchType but not response.patch')
  if (hasType && patchType !== 'JSONPatch')
    throw new Error(`unsupported patch type ${JSON.stringify(patchType)}`)
}

function decodePatch(patch: string): unknown {
  try {
    return JSON.parse(Buffer.from(patch, 'base64').toString())
  } catch (error) {
    throw new Error(`received undecodable patch in webhook response: ${(error as Error).message}`)
  }
}

/** The refusal of a request that a webhook denied: its own Status, with the webhook named. */
export function denial(webhook: string, status: Status | undefined): ApiError {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`
  const why = status?.message || status?.reason
  const code = status?.code !== undefined && status.code >= 400 ? status.code : 400
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    ...status,
    status: 'Failure',
    message: why ? `${by}: ${why}` : `${by} without explanation`,
    code,
  })
}
