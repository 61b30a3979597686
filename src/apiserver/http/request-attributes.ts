import type { IncomingMessage } from 'node:http'
import { parseFieldSelector } from '../../kube/field-selectors.ts'
import type { Attributes } from '../rbac/attributes.ts'
import type { ApiRequest, UserInfo } from '../request.ts'
import type { Exchange } from './handler.ts'
import { isTrue } from './query.ts'
import type { ResourcePath } from './route.ts'

/** What a request asks to do, as upstream's RequestInfo has it. */
export function attributesOf(
  { method = 'GET' }: Pick<IncomingMessage, 'method'>,
  { path, target, query }: Pick<Exchange, 'path' | 'target' | 'query'>,
  user: UserInfo,
): Attributes {
  if (!target) return { user, verb: method.toLowerCase(), path: decoded(path) }
  const { group, plural, subresource = '' } = target
  // Rights on a namespace are looked for in that namespace too.
  const namespace = target.namespace ?? (plural === 'namespaces' ? target.name : undefined) ?? ''
  const verb = verbOf(method, target, query)
  const name = target.name ?? (verb === 'list' || verb === 'watch' ? selectedName(query) : '')
  return { user, verb, group, resource: plural, subresource, namespace, name }
}

/** The verb of the API that an HTTP method means on a path; empty for a method that means nothing there. */
export function verbOf(
  method: string,
  { name }: ResourcePath,
  query: URLSearchParams,
): ApiRequest['verb'] | 'watch' | '' {
  switch (method) {
    case 'GET':
    case 'HEAD':
      // One object is got, whatever the query says: rights to watch must not open what needs those to get.
      if (name !== undefined) return 'get'
      return isTrue(query, 'watch') ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete'
    default:
      return ''
  }
}

/** A list or watch of one object by its name is a matter of that object. */
function selectedName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector')
  if (!selector?.includes('metadata.name')) return ''
  try {
    const found = parseFieldSelector(selector).find(
      ({ field, operator }) => field === 'metadata.name' && operator !== '!=',
    )
    return found && !found.value.includes('/') ? found.value : ''
  } catch {
    // Refused with its own words once the request is allowed.
    return ''
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
