import { isConditionTrue } from '../../kube/conditions.ts'
import type { Status } from '../../kube/generated/meta-v1.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { ApiError, apiError } from '../../kube/status.ts'
import type { ApiRequest, ApiResponse, ResourceList } from '../request.ts'
import type { Extension } from './api-services.ts'
import { ExtensionCallError, type ExtensionClient } from './extension-client.ts'

/** Of a list: what extension servers know as well. */
const PARAMETERS = [
  'labelSelector',
  'fieldSelector',
  'metricLabelSelector',
  'limit',
  'continue',
  'resourceVersion',
] as const

/** Answers a read of a controller in this process from an extension server. Throws ApiError, its own where it has one. */
export async function readExtension(
  extension: Extension,
  client: ExtensionClient,
  request: ApiRequest,
): Promise<ApiResponse> {
  if (!isConditionTrue(extension.status?.conditions, 'Available'))
    throw apiError('ServiceUnavailable', 'the server is currently unable to handle the request')
  const fetching = client.fetch(extension, client.locate(extension), {
    path: pathOf(request),
    accept: 'application/json',
  })
  const { code, text } = await fetching.catch(error => {
    if (error instanceof ExtensionCallError)
      throw apiError('ServiceUnavailable', error.message, undefined, error)
    throw error
  })
  const body = parsed(text)
  if (code >= 300) throw isStatus(body) ? new ApiError(body) : refusal(code)
  if (!isJsonObject(body))
    throw apiError('InternalError', `the answer of ${extension.metadata.name} is not an object`)
  const { items } = body as { items?: unknown }
  // What a list has, also where an extension server writes none of it.
  const list = request.verb === 'list' && !Array.isArray(items) ? { ...body, items: [] } : body
  return { code, body: list as unknown as ResourceList, warnings: [] }
}

/** A plural may have several parts: lists of metrics are at `pods/x/NAME`. */
function pathOf({ group, version, namespace, plural, name, subresource, options }: ApiRequest): string {
  const parts = [
    ...(namespace ? ['namespaces', namespace] : []),
    ...plural.split('/'),
    ...(name ? [name] : []),
    ...(subresource ? [subresource] : []),
  ]
  const query = new URLSearchParams()
  for (const key of PARAMETERS) {
    const value = options[key]
    if (value !== undefined) query.set(key, String(value))
  }
  const text = query.toString()
  return `/apis/${group}/${version}/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isStatus = (value: unknown): value is Status => isJsonObject(value) && value.kind === 'Status'

/** What client-go makes of an answer that is no Status. */
const refusal = (code: number): ApiError =>
  code === 404
    ? apiError('NotFound', 'the server could not find the requested resource', {})
    : apiError(
        'InternalError',
        `an error on the server (HTTP ${code}) has prevented the request from succeeding`,
      )
