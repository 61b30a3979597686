import { type FieldError, forbidden, invalid, notSupported } from '../../kube/schema/field-error.ts'
import type { RequestOptions } from '../request.ts'

const MATCH = 'resourceVersionMatch'
const kind = { group: 'meta.k8s.io', kind: 'ListOptions' }

/** Refuses options of a list that contradict each other, as upstream's `ValidateListOptions` does. */
export function checkListOptions(options: RequestOptions): void {
  const { resourceVersion, resourceVersionMatch: match, sendInitialEvents } = options
  const errors: FieldError[] = []
  if (match) {
    if (!resourceVersion)
      errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (options.continue)
      errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  if (errors.length > 0) throw invalid(kind, '', errors)
}

/** The same for a watch. */
export function checkWatchOptions(options: RequestOptions): void {
  const errors: FieldError[] = []
  const { sendInitialEvents, resourceVersionMatch: match = '' } = options
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  if (match && sendInitialEvents === undefined)
    errors.push(
      forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    )
  if (match && match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']))
  if (options.continue && (match || beginsWithState(options)))
    errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
  if (errors.length > 0) throw invalid(kind, '', errors)
}

/** Whether a watch first shows what there is: where it is asked to, or names no place in history. */
export const beginsWithState = ({ sendInitialEvents, resourceVersion }: RequestOptions): boolean =>
  sendInitialEvents ?? (!resourceVersion || resourceVersion === '0')
