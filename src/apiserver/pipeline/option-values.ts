import { type FieldError, invalid, notSupported } from '../../kube/schema/field-error.ts'
import type { RequestOptions } from '../request.ts'

/** Which options a verb has, by the name that refusals give them. */
const optionKinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
}

/** Throws ApiError Invalid where there is something to refuse in the options of a verb. */
export const refuseOptions = (verb: string, errors: readonly FieldError[]) => {
  if (errors.length > 0)
    throw invalid({ group: 'meta.k8s.io', kind: optionKinds[verb] ?? 'ListOptions' }, '', errors)
}

/** Whether the values of `dryRun` ask for one. Throws ApiError Invalid for what means nothing. */
export function dryRun(verb: string, values: readonly string[]): boolean {
  if (values.some(value => value !== 'All')) refuseOptions(verb, [notSupported('dryRun', values, ['All'])])
  return values.length > 0
}

const policies = ['Foreground', 'Background', 'Orphan'] as const

/** Throws ApiError Invalid for what is no policy. */
export function propagationPolicy(
  verb: string,
  value: string | undefined,
): RequestOptions['propagationPolicy'] {
  const found = policies.find(one => one === value)
  if (value !== undefined && !found)
    refuseOptions(verb, [notSupported('propagationPolicy', value, [...policies, 'nil'])])
  return found
}
