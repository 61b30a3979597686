import type { UserInfo } from '../request.ts'

/** Whoever is in this group may do everything, whatever the roles say. */
export const MASTERS = 'system:masters'
/** Everybody whose credentials are good. */
export const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'

/** Who sends a request without credentials. */
export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: [UNAUTHENTICATED] }

const PREFIX = 'system:serviceaccount:'

export const serviceAccountName = (namespace: string, name: string): string => `${PREFIX}${namespace}:${name}`

export const serviceAccountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
]

/** The account that a user name stands for; undefined where it is somebody else's. */
export function serviceAccountOf(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(PREFIX)) return undefined
  const [namespace, name, ...more] = username.slice(PREFIX.length).split(':')
  return namespace && name && more.length === 0 ? { namespace, name } : undefined
}

/** The groups with the one that says whether somebody's credentials are known, unless they name one of those. */
export function withStanding(groups: readonly string[], username: string): string[] {
  if (username === ANONYMOUS.username)
    return groups.includes(UNAUTHENTICATED) ? [...groups] : [...groups, UNAUTHENTICATED]
  const stands = groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)
  return stands ? [...groups] : [...groups, AUTHENTICATED]
}
