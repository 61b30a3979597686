import { apiError } from '../../kube/status.ts'

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** The form an answer is wanted in. */
export interface Form {
  media: 'application/json' | 'application/yaml' | typeof PROTOBUF
  as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined
  /** The version of meta.k8s.io that `as` is wanted in. */
  version: string
}

const plain: Form = { media: 'application/json', as: undefined, version: 'v1' }

/**
 * The first form in an Accept header that is served; of whole objects protobuf only where nothing else is accepted:
 * JSON is kept ready for every object. Throws ApiError 406 where none is.
 */
export function formOf(accept: string | undefined): Form {
  if (!accept || accept === 'application/json') return plain
  for (const clause of accept.split(',')) {
    const [media = '', ...parameters] = clause.split(';').map(part => part.trim())
    const named = Object.fromEntries(parameters.map(parameter => parameter.split('=', 2)))
    if (named.q === '0') continue
    const form = servedForm(media.toLowerCase(), named)
    if (form) return form
  }
  if (
    accept
      .split(',')
      .some(clause => /^application\/vnd\.kubernetes\.protobuf(\s*;\s*stream=watch)?$/.test(clause.trim()))
  )
    return { ...plain, media: PROTOBUF }
  throw apiError(
    'NotAcceptable',
    `only the following media types are accepted: application/json, application/yaml, ${PROTOBUF}`,
  )
}

function servedForm(
  media: string,
  { as, v = 'v1', g = 'meta.k8s.io' }: Record<string, string>,
): Form | undefined {
  const isPartial = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList'
  // Of metadata alone nothing is kept ready in JSON; clients compare lists and events in one form.
  if (media === PROTOBUF && isPartial && g === 'meta.k8s.io' && v === 'v1')
    return { media: PROTOBUF, as, version: v }
  const yaml = media === 'application/yaml'
  if (!yaml && !['application/json', 'application/*', '*/*'].includes(media)) return undefined
  if (as === undefined) return yaml ? { ...plain, media: 'application/yaml' } : plain
  if (yaml || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
  if (as !== 'Table' && !isPartial) return undefined
  return { media: 'application/json', as, version: v }
}
