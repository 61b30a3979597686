import { randomUUID } from 'node:crypto'
import { qualifiedNameProblems } from '../../kube/names.ts'
import { apiError } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Logger } from '../logger.ts'
import {
  type AdmissionVerdict,
  admissionReview,
  denial,
  readVerdict,
  reviewVersionFor,
  type Shown,
} from './admission-review.ts'
import type { ConfiguredWebhook } from './configurations.ts'
import type { WebhookClient } from './webhook-client.ts'

export interface Invocation {
  hook: ConfiguredWebhook
  request: AdmissionRequest
  shown: Shown
  mutating: boolean
}

export interface Invoker {
  client: WebhookClient
  log: Logger
  /** Called when a webhook has ended: how, and after how long. */
  observe?(webhook: string, outcome: 'allowed' | 'denied' | 'failed' | 'ignored', durationMs: number): void
  elapsed(): number
}

const DEFAULT_TIMEOUT_S = 10

/**
 * Asks one webhook; dry runs too, because validation admits only webhooks without effects on them. Undefined where it could not be asked and its failure policy is Ignore. Throws ApiError: the
 * webhook's own denial, or an InternalError that names it when it failed.
 */
export async function invoke(
  invoker: Invoker,
  invocation: Invocation,
): Promise<AdmissionVerdict | undefined> {
  const { webhook } = invocation.hook
  const started = invoker.elapsed()
  const observe = (outcome: 'allowed' | 'denied' | 'failed' | 'ignored') =>
    invoker.observe?.(webhook.name, outcome, invoker.elapsed() - started)
  let verdict: AdmissionVerdict
  try {
    verdict = await ask(invoker.client, invocation)
  } catch (error) {
    const why = `failed calling webhook ${JSON.stringify(webhook.name)}: ${(error as Error).message}`
    if (webhook.failurePolicy === 'Ignore') {
      invoker.log.warn({ err: error, webhook: webhook.name }, 'a webhook failed, and its failure is ignored')
      observe('ignored')
      return undefined
    }
    observe('failed')
    throw apiError('InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] }, error)
  }
  observe(verdict.allowed ? 'allowed' : 'denied')
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) {
    const name = `${webhook.name}/${key}`
    if (qualifiedNameProblems(name).length === 0) invocation.request.annotate?.(name, value)
  }
  if (!verdict.allowed) throw denial(webhook.name, verdict.status)
  return verdict
}

async function ask(
  client: WebhookClient,
  { hook: { webhook }, request, shown, mutating }: Invocation,
): Promise<AdmissionVerdict> {
  const uid = randomUUID()
  const version = reviewVersionFor(webhook.admissionReviewVersions)
  if (version === undefined)
    throw new Error(
      'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
    )
  const answer = await client
    .post({
      clientConfig: webhook.clientConfig,
      body: admissionReview(request, shown, { uid, version }),
      timeoutMs: (webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_S) * 1000,
    })
    .catch(error => {
      throw new Error(`failed to call webhook: ${(error as Error).message}`, { cause: error })
    })
  try {
    return readVerdict(answer, { uid, version, mutating })
  } catch (error) {
    throw new Error(`received invalid webhook response: ${(error as Error).message}`, { cause: error })
  }
}
