import { invalidValue } from '../../kube/schema/field-error.ts'
import { isJsonObject } from '../../kube/schema/schema.ts'
import { apiError } from '../../kube/status.ts'
import type { RequestOptions } from '../request.ts'
import { requireShape } from './decode.ts'
import { dryRun, propagationPolicy, refuseOptions } from './option-values.ts'

const KIND = { group: '', version: 'v1', kind: 'DeleteOptions' }

/** Options for a deletion: those of the query, with a DeleteOptions body over them. Throws ApiError BadRequest or Invalid. */
export function deleteOptionsFrom(body: unknown, query: RequestOptions): RequestOptions {
  if (body === undefined || body === null) return query
  if (!isJsonObject(body)) throw apiError('BadRequest', 'the body of a deletion must be DeleteOptions')
  // A condition or a dry run that cannot be read must not count as absent.
  requireShape(KIND, body)
  if (body.kind !== undefined && body.kind !== KIND.kind)
    throw apiError(
      'BadRequest',
      `the kind in the data (${body.kind}) does not match the expected kind (${KIND.kind})`,
    )
  const { gracePeriodSeconds, orphanDependents } = body
  const orphan = orphanDependents === true ? 'Orphan' : orphanDependents === false ? 'Background' : undefined
  const policy = typeof body.propagationPolicy === 'string' ? body.propagationPolicy : undefined
  if (policy !== undefined && orphan !== undefined)
    refuseOptions('delete', [
      invalidValue(
        'propagationPolicy',
        policy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    ])
  const { uid, resourceVersion } = isJsonObject(body.preconditions) ? body.preconditions : {}
  return {
    ...query,
    dryRun: query.dryRun || (Array.isArray(body.dryRun) && dryRun('delete', body.dryRun.map(String))),
    gracePeriodSeconds:
      typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : query.gracePeriodSeconds,
    propagationPolicy: propagationPolicy('delete', policy) ?? orphan ?? query.propagationPolicy,
    preconditions: {
      uid: typeof uid === 'string' ? uid : undefined,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
    },
  }
}
