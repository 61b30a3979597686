import { randomUUID } from 'node:crypto'
import { equalJson } from '../../kube/copy.ts'
import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../kube/object.ts'
import { isJsonObject, type Json } from '../../kube/schema/schema.ts'
import { apiError } from '../../kube/status.ts'
import type { Conversion } from '../resources/resource.ts'

type ClientConfig = NonNullable<
  NonNullable<NonNullable<CustomResourceDefinition['spec']['conversion']>['webhook']>['clientConfig']
>

/** Posts JSON to a webhook. */
export interface WebhookPort {
  post(call: { clientConfig: ClientConfig; body: unknown; timeoutMs: number }): Promise<unknown>
}

const TIMEOUT_MS = 30_000
/** Versions of ConversionReview that are spoken; both have the same fields. */
const spoken = ['v1', 'v1beta1']

/**
 * Conversion strategy Webhook, to and from one served version. What the webhook answered is kept as long as the object
 * that it was asked about, so that objects are converted once.
 */
export function webhookConversion(
  { spec }: CustomResourceDefinition,
  version: string,
  webhooks: WebhookPort,
): Conversion {
  const servedVersion = `${spec.group}/${version}`
  const keptVersion = `${spec.group}/${spec.versions.find(({ storage }) => storage)?.name ?? version}`
  const answers = new WeakMap<KubeObject, KubeObject>()
  const known = (object: KubeObject, apiVersion: string): KubeObject => {
    if (object.apiVersion === apiVersion) return object
    const answer = answers.get(object)
    if (answer?.apiVersion !== apiVersion)
      throw apiError('InternalError', `${spec.names.kind} was not converted to ${apiVersion}`)
    return answer
  }
  const prepare = async (objects: readonly KubeObject[], apiVersion: string): Promise<void> => {
    // Objects that were stored in another version than the present one are asked about one version at a time.
    const asked = objects.filter(
      object => object.apiVersion !== apiVersion && answers.get(object)?.apiVersion !== apiVersion,
    )
    for (const from of new Set(asked.map(object => object.apiVersion))) {
      const group = asked.filter(object => object.apiVersion === from)
      const converted = await convert({ spec, webhooks }, group, apiVersion)
      for (const [index, object] of group.entries()) {
        const answer = converted[index]
        if (answer) answers.set(object, answer)
      }
    }
  }
  return {
    toServed: kept => known(kept, servedVersion),
    toKept: served => known(served, keptVersion),
    remote: {
      prepare: kept => prepare(kept, servedVersion),
      prepareKept: served => prepare([served], keptVersion),
    },
  }
}

interface Asking {
  readonly spec: CustomResourceDefinition['spec']
  readonly webhooks: WebhookPort
}

/** Asks the webhook for all objects at once. Throws ApiError in upstream's words. */
async function convert(
  { spec, webhooks }: Asking,
  objects: readonly KubeObject[],
  apiVersion: string,
): Promise<readonly KubeObject[]> {
  const { clientConfig, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {}
  const fail = (why: string, cause?: unknown): never => {
    const from = objects[0]?.apiVersion
    throw apiError(
      'InternalError',
      `conversion webhook for ${from}, Kind=${spec.names.kind} failed: ${why}`,
      undefined,
      cause,
    )
  }
  const reviewVersion = conversionReviewVersions.find(name => spoken.includes(name))
  if (!clientConfig || !reviewVersion) return fail('no ConversionReview version is spoken by both')
  const uid = randomUUID()
  const review = {
    apiVersion: `apiextensions.k8s.io/${reviewVersion}`,
    kind: 'ConversionReview',
    request: { uid, desiredAPIVersion: apiVersion, objects },
  }
  let answer: unknown
  try {
    answer = await webhooks.post({ clientConfig, body: review, timeoutMs: TIMEOUT_MS })
  } catch (error) {
    return fail((error as Error).message, error)
  }
  const converted = readAnswer(answer, { uid, apiVersion, objects })
  return typeof converted === 'string' ? fail(converted) : converted
}

interface Expected {
  readonly uid: string
  readonly apiVersion: string
  readonly objects: readonly KubeObject[]
}

/** The converted objects, or what is wrong with the answer. */
export function readAnswer(
  answer: unknown,
  { uid, apiVersion, objects }: Expected,
): readonly KubeObject[] | string {
  const response = isJsonObject(answer) ? answer['response'] : undefined
  if (!isJsonObject(response)) return 'the answer has no response'
  if (response['uid'] !== uid)
    return `expected response.uid="${uid}", got ${JSON.stringify(response['uid'] ?? '')}`
  const result = isJsonObject(response['result']) ? response['result'] : {}
  if (result['status'] !== 'Success')
    return String(
      result['message'] ?? `response.result.status was '${result['status'] ?? ''}', not 'Success'`,
    )
  const converted = response['convertedObjects']
  if (!Array.isArray(converted) || converted.length !== objects.length)
    return `expected ${objects.length} converted objects, got ${Array.isArray(converted) ? converted.length : 0}`
  const checked: KubeObject[] = []
  for (const [index, object] of objects.entries()) {
    const problem = problemOf(object, converted[index], apiVersion)
    if (problem !== undefined) return `invalid converted object at index ${index}: ${problem}`
    // Labels and annotations are the only metadata that a conversion may change.
    const { labels, annotations } = (converted[index] as KubeObject).metadata
    const { labels: _labels, annotations: _annotations, ...metadata } = object.metadata
    checked.push({
      ...(converted[index] as KubeObject),
      metadata: { ...metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    })
  }
  return checked
}

function problemOf(object: KubeObject, converted: unknown, apiVersion: string): string | undefined {
  if (!isJsonObject(converted)) return 'it is no object'
  if (converted['apiVersion'] !== apiVersion)
    return `invalid groupVersion (expected ${apiVersion}, received ${converted['apiVersion']})`
  if (converted['kind'] !== object.kind)
    return `invalid kind (expected ${object.kind}, received ${converted['kind']})`
  const metadata = converted['metadata']
  if (!isJsonObject(metadata)) return 'metadata must not be removed'
  const { uid, name, namespace }: Json = { ...object.metadata }
  for (const [key, value] of Object.entries({ uid, name, namespace }))
    if (!equalJson(metadata[key], value)) return `must have the same ${key}: ${value} != ${metadata[key]}`
  return undefined
}
