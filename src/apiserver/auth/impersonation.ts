import { apiError } from '../../kube/status.ts'
import type { Attributes, ResourceAttributes } from '../rbac/attributes.ts'
import type { UserInfo } from '../request.ts'
import { serviceAccountGroups, serviceAccountOf, withStanding } from './users.ts'

const USER = 'impersonate-user'
const GROUP = 'impersonate-group'
const UID = 'impersonate-uid'
const EXTRA = 'impersonate-extra-'

/** Somebody to act as, and what must be allowed for it, one verb at a time. */
export interface Impersonation {
  user: UserInfo
  needs: readonly Attributes[]
}

/**
 * Whom a request wants to act as, by its headers; undefined where it wants nothing. Throws ApiError 400 where groups
 * or more are named without a user. `headers` alternates names and values, as Node's rawHeaders.
 */
export function impersonationOf(headers: readonly string[], by: UserInfo): Impersonation | undefined {
  const wanted = wantedFrom(headers)
  if (!wanted) return undefined
  const { username, groups, uid, extra } = wanted
  if (!username)
    throw apiError('BadRequest', `requested ${describe(wanted)} without impersonating a user name`)
  const account = serviceAccountOf(username)
  const named = groups.length > 0 || !account ? groups : serviceAccountGroups(account.namespace)
  const need = (resource: string, name: string, more: Partial<ResourceAttributes> = {}): Attributes => ({
    user: by,
    verb: 'impersonate',
    group: '',
    resource,
    subresource: '',
    namespace: '',
    name,
    ...more,
  })
  const authentication = { group: 'authentication.k8s.io' }
  return {
    user: {
      username,
      ...(uid ? { uid } : {}),
      groups: withStanding(named, username),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    },
    needs: [
      account
        ? need('serviceaccounts', account.name, { namespace: account.namespace })
        : need('users', username),
      ...groups.map(group => need('groups', group)),
      ...Object.entries(extra).flatMap(([key, values]) =>
        values.map(value => need('userextras', value, { ...authentication, subresource: key })),
      ),
      ...(uid ? [need('uids', uid, authentication)] : []),
    ],
  }
}

interface Wanted {
  username: string
  groups: string[]
  uid: string
  extra: Record<string, string[]>
}

function wantedFrom(headers: readonly string[]): Wanted | undefined {
  let wanted: Wanted | undefined
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase()
    if (!name.startsWith('impersonate-')) continue
    const value = headers[index + 1] ?? ''
    wanted ??= { username: '', groups: [], uid: '', extra: {} }
    if (name === USER) wanted.username ||= value
    else if (name === UID) wanted.uid ||= value
    else if (name === GROUP) wanted.groups.push(value)
    else if (name.startsWith(EXTRA)) {
      const key = unescaped(name.slice(EXTRA.length))
      wanted.extra[key] = [...(wanted.extra[key] ?? []), value]
    }
  }
  return wanted
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** What is wanted, as Go prints its DefaultInfo. */
function describe({ groups, uid, extra }: Wanted): string {
  const list = (values: readonly string[]) =>
    values.length === 0 ? '[]string(nil)' : `[]string{${values.map(quoted).join(', ')}}`
  const entries = Object.entries(extra).map(([key, values]) => `${quoted(key)}:${list(values)}`)
  const map = entries.length === 0 ? '(nil)' : `{${entries.join(', ')}}`
  return `&user.DefaultInfo{Name:"", UID:${quoted(uid)}, Groups:${list(groups)}, Extra:map[string][]string${map}}`
}

const quoted = (text: string): string => JSON.stringify(text)
