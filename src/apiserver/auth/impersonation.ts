import { apiError } from '../../kube/status.ts'
import type { Attributes, ResourceAttributes } from '../rbac/attributes.ts'
import type { UserInfo } from '../request.ts'
import { MASTERS, serviceAccountGroups, serviceAccountOf, withStanding } from './users.ts'

const USER = 'impersonate-user'
const GROUP = 'impersonate-group'
const UID = 'impersonate-uid'
const EXTRA = 'impersonate-extra-'

/** A way in which somebody may act as another user: what must be allowed for it, and the user as who they act. */
export interface Impersonation {
  user: UserInfo
  needs: readonly Attributes[]
  /** Why the way is closed all the same, and to what. */
  closed?: { to: Attributes; reason: string } | undefined
}

/**
 * The ways to act as whom a request's headers name, narrow ones first, any of which will do; empty where they name
 * nobody. Throws ApiError 400 where groups or more are named without a user. `headers` alternates names and values,
 * as Node's rawHeaders; `asked` is the request as its sender's own. Upstream's constrained and legacy impersonation.
 */
export function impersonationsOf(headers: readonly string[], asked: Attributes): Impersonation[] {
  const wanted = wantedFrom(headers)
  if (!wanted) return []
  const { username } = wanted
  if (!username)
    throw apiError('BadRequest', `requested ${describe(wanted)} without impersonating a user name`)
  return [
    ...constrainedModes(wanted, asked.user).map(mode => constrained(mode, wanted, asked)),
    legacy(wanted, asked.user),
  ]
}

const NODE = 'system:node:'
const NODE_NAME = 'authentication.kubernetes.io/node-name'

/** The narrow ways that fit, by upstream's names. */
function constrainedModes({ username, groups, uid, extra }: Wanted, by: UserInfo): string[] {
  const isNode = username.startsWith(NODE) && username.length > NODE.length
  const isAccount = serviceAccountOf(username) !== undefined
  if (!isNode && !isAccount) return ['user-info']
  if (groups.length > 0 || uid || Object.keys(extra).length > 0) return []
  if (isAccount) return ['serviceaccount']
  const ownNode = serviceAccountOf(by.username) && by.extra?.[NODE_NAME]?.[0]
  return ownNode === username.slice(NODE.length) ? ['associated-node', 'arbitrary-node'] : ['arbitrary-node']
}

const AUTHENTICATION = 'authentication.k8s.io'

/** Acting as somebody for this one verb on this one thing. */
function constrained(mode: string, wanted: Wanted, asked: Attributes): Impersonation {
  const { username } = wanted
  const by = asked.user
  const on: Attributes = { ...asked, verb: `impersonate-on:${mode}:${asked.verb}` }
  const verb = `impersonate:${mode}`
  if (!mode.endsWith('-node')) {
    const permission = { by, verb, group: AUTHENTICATION }
    const { user, needs } = identity(wanted, permission)
    return { user, needs: [on, ...needs], closed: closedTo(wanted, permission) }
  }
  const name = mode === 'associated-node' ? '*' : username.slice(NODE.length)
  return {
    user: { username, groups: withStanding(['system:nodes'], username) },
    needs: [on, need({ by, verb, group: AUTHENTICATION }, 'nodes', name)],
  }
}

/** What no right to act as others may lead to, but the old one that names all of it. */
function closedTo({ groups, extra }: Wanted, permission: Permission): Impersonation['closed'] {
  if (groups.includes(MASTERS))
    return {
      to: need(permission, 'groups', MASTERS),
      reason: 'impersonating the system:masters group is not allowed',
    }
  if (groups.includes(''))
    return {
      to: need(permission, 'groups', ''),
      reason: 'impersonating the empty string group is not allowed',
    }
  const to = need(permission, 'userextras', '')
  const plain = Object.keys(extra).find(key => !/^[^/]+\/./.test(key))
  if (plain !== undefined)
    return {
      to,
      reason: `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${quoted(plain)}: must be a domain-prefixed path (such as "acme.io/foo")`,
    }
  return Object.values(extra).flat().includes('')
    ? { to, reason: 'impersonating the empty string value in extra is not allowed' }
    : undefined
}

const legacy = (wanted: Wanted, by: UserInfo): Impersonation =>
  identity(wanted, { by, verb: 'impersonate', group: '' })

interface Permission {
  by: UserInfo
  verb: string
  /** Of users and groups; the rest is in authentication.k8s.io always. */
  group: string
}

const need = (
  { by, verb, group }: Permission,
  resource: string,
  name: string,
  more: Partial<ResourceAttributes> = {},
): Attributes => ({ user: by, verb, group, resource, subresource: '', namespace: '', name, ...more })

function identity({ username, groups, uid, extra }: Wanted, permission: Permission): Impersonation {
  const account = serviceAccountOf(username)
  const named = groups.length > 0 || !account ? groups : serviceAccountGroups(account.namespace)
  const rest = { ...permission, group: AUTHENTICATION }
  return {
    user: {
      username,
      ...(uid ? { uid } : {}),
      groups: withStanding(named, username),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    },
    needs: [
      account
        ? need(permission, 'serviceaccounts', account.name, { namespace: account.namespace })
        : need(permission, 'users', username),
      ...(uid ? [need(rest, 'uids', uid)] : []),
      ...groups.map(group => need(permission, 'groups', group)),
      ...Object.entries(extra).flatMap(([key, values]) =>
        values.map(value => need(rest, 'userextras', value, { subresource: key })),
      ),
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
    // Without a prototype, whose names would be taken for keys.
    wanted ??= { username: '', groups: [], uid: '', extra: Object.create(null) }
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
