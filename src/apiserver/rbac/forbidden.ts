import { type ApiError, forbidden } from '../../kube/status.ts'
import type { Attributes } from './attributes.ts'

/** The refusal of a request, in upstream's words. */
export function refusal(asked: Attributes, reason: string): ApiError {
  const why = [escaped(describe(asked)), reason].filter(part => part !== '').join(': ')
  if ('path' in asked) return forbidden({ group: '', plural: '' }, '', why)
  return forbidden({ group: asked.group, plural: asked.resource }, asked.name, why)
}

function describe(asked: Attributes): string {
  const { user, verb } = asked
  const subject = `User ${JSON.stringify(user.username)} cannot ${verb}`
  if ('path' in asked) return `${subject} path ${JSON.stringify(asked.path)}`
  const { resource, subresource, group, namespace } = asked
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource)
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope'
  return `${subject} resource ${what} in API group ${JSON.stringify(group)} ${where}`
}

/** Names come from whoever asks; a browser must not take them for HTML. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
